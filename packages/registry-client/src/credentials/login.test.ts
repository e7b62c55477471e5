import assert from "node:assert/strict";
import { mkdir, readFile, stat, symlink } from "node:fs/promises";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import type { RunHelper } from "./credential-helper.ts";
import { findCredential } from "./credential-lookup.ts";
import { forgetCredential, keepCredential } from "./login.ts";

const USER = { kind: "basic", username: "me", password: "hunter2" } as const;

suite("keepCredential() and forgetCredential()", () => {
  test("write a file for its owner alone, and keep what else it holds", async () => {
    await using dir = await tempDir();
    const path = await dir.write(".docker/config.json", '{"detachKeys":"ctrl-q"}');
    const options = { env: {}, home: dir.path };
    assert.deepEqual(await keepCredential("quay.io", USER, options), { path });
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.match(await readFile(path, "utf8"), /detachKeys/);
    assert.deepEqual(await findCredential("quay.io", "any/thing", options), USER);
    assert.deepEqual(await forgetCredential("quay.io", options), [{ path }]);
    assert.equal(await findCredential("quay.io", "", options), undefined);
    assert.deepEqual(await forgetCredential("quay.io", options), []);
    assert.match(await readFile(path, "utf8"), /detachKeys/);
  });

  test("go to the file that counts most of those that have one, or the new one would not be found", async () => {
    await using dir = await tempDir();
    const podman = await dir.write("run/containers/auth.json", "{}");
    const options = { env: { XDG_RUNTIME_DIR: dir.join("run") }, home: dir.path };
    assert.deepEqual(await keepCredential("quay.io", USER, options), { path: dir.join(".docker/config.json") });
    const old = Buffer.from("old:secret").toString("base64");
    await dir.write("run/containers/auth.json", JSON.stringify({ auths: { "quay.io": { auth: old } } }));
    assert.deepEqual(await keepCredential("quay.io", USER, options), { path: podman });
    assert.deepEqual(await findCredential("quay.io", "", options), USER);
    assert.equal((await forgetCredential("quay.io", options)).length, 2);
  });

  test("many at once lose nothing, and a link stays one", async () => {
    await using dir = await tempDir();
    await mkdir(dir.join("real"));
    const real = await dir.write("real/auth.json", "{}");
    await symlink(real, dir.join("auth.json"));
    const options = { env: { REGISTRY_AUTH_FILE: dir.join("auth.json") }, home: dir.path };
    const hosts = Array.from({ length: 10 }, (_, at) => `r${at}.example`);
    await Promise.all(hosts.map((host) => keepCredential(host, USER, options)));
    for (const host of hosts) assert.deepEqual(await findCredential(host, "", options), USER);
    assert.match(await readFile(real, "utf8"), /r9\.example/);
  });

  test("a helper gets the secret instead of the file", async () => {
    await using dir = await tempDir();
    const path = await dir.write("auth.json", '{"credHelpers":{"quay.io":"safe"}}');
    const kept = new Map<string, string>();
    const runHelper: RunHelper = async (_name, verb, input) => {
      if (verb === "store") kept.set("quay.io", input);
      else if (verb === "erase") kept.delete(input);
      return { exitCode: 0, output: new TextEncoder().encode(kept.get(input) ?? "{}") };
    };
    const options = { env: { REGISTRY_AUTH_FILE: path }, home: dir.path, runHelper };
    assert.deepEqual(await keepCredential("quay.io", USER, options), { path, helper: "safe" });
    assert.match(kept.get("quay.io") ?? "", /hunter2/);
    assert.doesNotMatch(await readFile(path, "utf8"), /hunter2|aHVudGVy/);
    assert.deepEqual(await forgetCredential("quay.io", options), [{ path, helper: "safe" }]);
    assert.equal(kept.size, 0);
  });
});
