/**
 * The registry as people meet it: the clients they have push to it, pull from it, list and delete, with and without users.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { digestBytes } from "@teu/content/hash";
import { openLayout } from "@teu/content/layout-store";
import { anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { writeSample } from "./sample-image.ts";
import { type Server, startServer, startTeu } from "./server.ts";

const run = promisify(execFile);

async function sampleLayout(dir: TempDir): Promise<string> {
  const path = dir.join("layout");
  await writeSample(dirname(import.meta.dirname), await openLayout(path, { create: true }));
  return path;
}

async function layoutTag(layout: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const index = JSON.parse(await readFile(`${layout}/index.json`, "utf8")) as {
    manifests: { annotations?: Record<string, string> }[];
  };
  return index.manifests[0]?.annotations?.["org.opencontainers.image.ref.name"] ?? "";
}

async function sourceOf(layout: string): Promise<string> {
  const tag = await layoutTag(layout);
  return tag === "" ? `oci:${layout}` : `oci:${layout}:${tag}`;
}

async function pushWithSkopeo(
  server: Server,
  layout: string,
  name: string,
  more: readonly string[] = [],
): Promise<void> {
  const target = `docker://${server.host}/${name}`;
  await run("skopeo", [
    "--insecure-policy",
    "copy",
    "--all",
    "--dest-tls-verify=false",
    ...more,
    await sourceOf(layout),
    target,
  ]);
}

suite("clients of the registry", () => {
  test("skopeo pushes, inspects, lists, copies, deletes and pulls", { skip: needsProgram("skopeo") }, async () => {
    await using dir = await tempDir();
    await using server = await startServer(["--root", dir.join("data"), "--quiet"]);
    const layout = await sampleLayout(dir);
    for (const tag of ["v1", "v2"]) await pushWithSkopeo(server, layout, `team/app:${tag}`);
    const repo = `docker://${server.host}/team/app`;
    const list = await run("skopeo", ["list-tags", "--tls-verify=false", repo]);
    assert.deepEqual((JSON.parse(list.stdout) as { Tags: string[] }).Tags, ["v1", "v2"]);
    const raw = await run("skopeo", ["inspect", "--raw", "--tls-verify=false", `${repo}:v1`]);
    const head = await fetch(`${server.url}/v2/team/app/manifests/v1`, { method: "HEAD" });
    assert.equal(head.headers.get("docker-content-digest"), digestBytes(Buffer.from(raw.stdout)));
    const flags = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    await run("skopeo", [
      "--insecure-policy",
      "copy",
      "--all",
      ...flags,
      `${repo}:v1`,
      `docker://${server.host}/mirror/app:v1`,
    ]);
    await run("skopeo", [
      "--insecure-policy",
      "copy",
      "--all",
      "--src-tls-verify=false",
      `${repo}:v1`,
      `oci:${dir.join("back")}:v1`,
    ]);
    await run("skopeo", ["delete", "--tls-verify=false", `docker://${server.host}/mirror/app:v1`]);
    assert.equal((await fetch(`${server.url}/v2/mirror/app/manifests/v1`)).status, 404);
  });

  const podman = anyOf(needsRoot(), needsProgram("podman", "buildah", "skopeo"));
  test("podman and buildah push and pull, by name and password", { skip: podman }, async () => {
    await using dir = await tempDir();
    const users = await dir.write("users", `me:${await hashPassword("secret")}\n`);
    const rules = `rules: [{ repositories: ["**"], who: [me], allow: [pull, push, delete] }]`;
    const config = await dir.write("registry.yaml", `users: ${users}\n${rules}\n`);
    await using server = await startServer(["--root", dir.join("data"), "--config", config, "--quiet"]);
    const layout = await sampleLayout(dir);
    await assert.rejects(pushWithSkopeo(server, layout, "app:x"), /denied|unauthorized|authentication required/);
    await pushWithSkopeo(server, layout, "app:x", ["--dest-creds=me:secret"]);
    const storage = ["--root", dir.join("storage"), "--runroot", dir.join("run"), "--storage-driver", "vfs"];
    const access = ["--tls-verify=false", "--creds=me:secret"];
    await run("podman", [...storage, "pull", "-q", ...access, `${server.host}/app:x`]);
    await run("podman", [...storage, "push", "-q", ...access, `${server.host}/app:x`, `${server.host}/app:podman`]);
    await run("buildah", [
      ...storage,
      "push",
      "-q",
      ...access,
      `${server.host}/app:x`,
      `docker://${server.host}/app:buildah`,
    ]);
    await run("buildah", [...storage, "pull", "-q", ...access, `docker://${server.host}/app:podman`]);
    const login = ["--tls-verify=false", "--authfile", dir.join("auth.json"), "-u", "me"];
    await run("podman", [...storage, "login", ...login, "-p", "secret", server.host]);
    await assert.rejects(
      run("podman", [...storage, "login", ...login, "-p", "wrong", server.host]),
      /invalid|unauthorized/,
    );
    const list = await run("skopeo", ["list-tags", ...access, `docker://${server.host}/app`]);
    assert.deepEqual((JSON.parse(list.stdout) as { Tags: string[] }).Tags, ["buildah", "podman", "x"]);
  });
});

suite("the process of the registry", () => {
  test("answers who watches it, logs lines of JSON, and ends when it is told", async () => {
    await using dir = await tempDir();
    await using server = await startServer(["--root", dir.join("data")]);
    let log = "";
    server.process.stderr?.on("data", (chunk: Buffer) => void (log += chunk.toString()));
    for (const path of ["/healthz", "/readyz"]) assert.equal((await fetch(server.url + path)).status, 200);
    assert.equal((await fetch(`${server.url}/v2/a/tags/list`)).status, 404);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /^teu_registry_requests_total\{method="GET",status="404"\} 1$/m);
    server.process.kill("SIGTERM");
    const [code] = await once(server.process, "exit");
    assert.equal(code, 0);
    const lines = log
      .trim()
      .split("\n")
      .filter((line) => line.startsWith("{"));
    assert.ok(lines.some((line) => (JSON.parse(line) as { path: string }).path === "/v2/a/tags/list"));
  });

  test("killed while blobs are pushed, has everything it acknowledged", async () => {
    await using dir = await tempDir();
    const words = ["--root", dir.join("data"), "--quiet"];
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      await using server = await startServer(words);
      const enough = acknowledged.length + 20;
      const pushes = Array.from({ length: 8 }, async (_, lane) => {
        for (let index = 0; ; index += 1) {
          const count = acknowledged.push(await pushText(server, `${round} ${lane} ${index}`));
          if (count === enough) server.process.kill("SIGKILL");
        }
      });
      await Promise.allSettled(pushes);
    }
    await using server = await startServer(words);
    assert.ok(acknowledged.length >= 80, `only ${acknowledged.length} pushes`);
    for (const digest of acknowledged) {
      const response = await fetch(`${server.url}/v2/a/blobs/${digest}`);
      assert.equal(digestBytes(new Uint8Array(await response.arrayBuffer())), digest);
    }
    server.process.kill("SIGTERM");
    await once(server.process, "exit");
    const check = startTeu(["registry", "scrub", "--root", dir.join("data")]);
    const [code] = await once(check, "exit");
    assert.equal(code, 0);
  });
});

async function pushText(server: Server, text: string): Promise<string> {
  const digest = digestBytes(Buffer.from(text));
  const response = await fetch(`${server.url}/v2/a/blobs/uploads/?digest=${digest}`, { method: "POST", body: text });
  if (response.status !== 201) throw new Error(`${response.status}`);
  return digest;
}
