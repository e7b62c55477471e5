/**
 * The conformance program of distribution-spec against the registry, with everything it can test switched on.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { fakeS3 } from "@teu/registry-server/testing/fake-s3";
import { needsPostgres, startPostgres } from "@teu/registry-server/testing/postgres-server";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { judgeByProgram, needsConformance } from "./conformance-program.ts";
import { startServer, startServiceNode } from "./server.ts";

suite("conformance", { skip: needsConformance() }, () => {
  for (const version of ["1.0", "1.1", "dev"]) {
    test(`with version ${version}: no case fails`, async () => {
      await using dir = await tempDir();
      // Manifests whose parts are missing are a case of their own, which takes a registry that accepts them.
      const config = await dir.write("registry.yaml", "require: none\n");
      await using server = await startServer(["--root", dir.join("data"), "--config", config, "--quiet"]);
      await judge(dir, server.host, version === "dev" ? {} : { OCI_VERSION: version });
    });
  }

  test("on PostgreSQL and S3: no case fails", { skip: needsPostgres() }, async () => {
    await using dir = await tempDir();
    await using postgres = await startPostgres();
    await using bucket = await fakeS3();
    const s3 = JSON.stringify({ bucket: bucket.bucket, endpoint: bucket.endpoint, ...bucket.credentials() });
    const config = `require: none\ndatabase: ${await postgres.database()}\ns3: ${s3}\n`;
    await using server = await startServiceNode(await dir.write("registry.yaml", config), dir.join("data"));
    await judge(dir, server.host);
  });

  test("with users: no case fails", async () => {
    await using dir = await tempDir();
    const users = await dir.write("users", `me:${await hashPassword("secret")}\n`);
    const rules = `rules: [{ repositories: ["**"], who: [me], allow: [pull, push, delete] }]`;
    const config = await dir.write("registry.yaml", `users: ${users}\nrequire: none\n${rules}\n`);
    await using server = await startServer(["--root", dir.join("data"), "--config", config, "--quiet"]);
    await judge(dir, server.host, { OCI_USERNAME: "me", OCI_PASSWORD: "secret" });
  });
});

async function judge(dir: TempDir, host: string, env: Record<string, string> = {}): Promise<void> {
  const cases = await judgeByProgram(dir, host, env);
  const named = (...statuses: readonly string[]): string[] =>
    cases.filter(({ status }) => statuses.includes(status)).map(({ name }) => name);
  assert.deepEqual(named("failure", "error"), []);
  assert.ok(cases.length > 600, `${cases.length} cases`);
  // What a version does not have is not tested with it. With users, a token for one repository mounts from no other.
  if (env["OCI_VERSION"] === undefined && env["OCI_USERNAME"] === undefined) assert.deepEqual(named("skipped"), []);
}
