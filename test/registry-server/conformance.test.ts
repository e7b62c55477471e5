/**
 * The conformance program of distribution-spec against the registry, with everything it can test switched on. It is built
 * elsewhere; TEU_OCI_CONFORMANCE names it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { fakeS3 } from "@teu/registry-server/testing/fake-s3";
import { needsPostgres, startPostgres } from "@teu/registry-server/testing/postgres-server";
import { tempDir } from "@teu/testing/temp-dir";
import { startServer, startServiceNode } from "./server.ts";

const program = process.env["TEU_OCI_CONFORMANCE"];
const skip = program === undefined && "needs TEU_OCI_CONFORMANCE, the path of the built conformance program";

suite("conformance", { skip }, () => {
  for (const version of ["1.0", "1.1", "dev"]) {
    test(`with version ${version}: no case fails`, async () => {
      await using dir = await tempDir();
      // Manifests whose parts are missing are a case of their own, which takes a registry that accepts them.
      const config = await dir.write("registry.yaml", "require: none\n");
      await using server = await startServer(["--root", dir.join("data"), "--config", config, "--quiet"]);
      await judge(dir.join("results"), { OCI_REGISTRY: server.host, OCI_VERSION: version, OCI_DATA_SPARSE: "true" });
    });
  }

  test("on PostgreSQL and S3: no case fails", { skip: needsPostgres() }, async () => {
    await using dir = await tempDir();
    await using postgres = await startPostgres();
    await using bucket = await fakeS3();
    const s3 = JSON.stringify({ bucket: bucket.bucket, endpoint: bucket.endpoint, ...bucket.credentials() });
    const config = `require: none\ndatabase: ${await postgres.database()}\ns3: ${s3}\n`;
    await using server = await startServiceNode(await dir.write("registry.yaml", config), dir.join("data"));
    const env = { OCI_REGISTRY: server.host, OCI_VERSION: "dev", OCI_DATA_SPARSE: "true" };
    await judge(dir.join("results"), env);
  });

  test("with users: no case fails", async () => {
    await using dir = await tempDir();
    const users = await dir.write("users", `me:${await hashPassword("secret")}\n`);
    const rules = `rules: [{ repositories: ["**"], who: [me], allow: [pull, push, delete] }]`;
    const config = await dir.write("registry.yaml", `users: ${users}\nrequire: none\n${rules}\n`);
    await using server = await startServer(["--root", dir.join("data"), "--config", config, "--quiet"]);
    const env = { OCI_REGISTRY: server.host, OCI_VERSION: "dev", OCI_DATA_SPARSE: "true" };
    await judge(dir.join("results"), { ...env, OCI_USERNAME: "me", OCI_PASSWORD: "secret" });
  });
});

async function judge(results: string, env: Record<string, string>): Promise<void> {
  const all = { ...process.env, OCI_TLS: "disabled", OCI_RESULTS_DIR: results, ...env };
  await promisify(execFile)(program ?? "", [], { env: all, cwd: results.replace(/results$/, ""), maxBuffer: 2 ** 26 });
  const summary = await readFile(`${results}/junit.xml`, "utf8");
  const [, tests, failures, errors] =
    /<testsuite [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(summary) ?? [];
  assert.deepEqual([failures, errors], ["0", "0"]);
  assert.ok(Number(tests) > 700, `${tests} cases`);
  // What a version does not have is not tested with it. With users, a token for one repository mounts from no other.
  if (env["OCI_VERSION"] === "dev" && env["OCI_USERNAME"] === undefined)
    assert.ok(!summary.includes('status="skipped"'), "no case is skipped");
}
