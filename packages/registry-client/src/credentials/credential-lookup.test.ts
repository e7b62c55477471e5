import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { type RunHelper, eraseWithHelper, getFromHelper, helperRunner, storeWithHelper } from "./credential-helper.ts";
import { authFilePaths, findCredential } from "./credential-lookup.ts";

function basic(username: string): { kind: "basic"; username: string; password: string } {
  return { kind: "basic", username, password: "secret" };
}

function auths(...entries: readonly (readonly [key: string, username: string])[]): string {
  return JSON.stringify({
    auths: Object.fromEntries(
      entries.map(([key, name]) => [key, { auth: Buffer.from(`${name}:secret`).toString("base64") }]),
    ),
  });
}

/** A helper in memory that knows one key. */
function helper(key: string, username: string): RunHelper {
  return async (_name, _verb, input) => {
    if (input === key)
      return {
        exitCode: 0,
        output: new TextEncoder().encode(JSON.stringify({ ServerURL: key, Username: username, Secret: "secret" })),
      };
    return { exitCode: 1, output: new TextEncoder().encode("credentials not found in native keychain\n") };
  };
}

suite("findCredential()", () => {
  test("asks the environment, then podman's file, then Docker's", async () => {
    await using dir = await tempDir();
    const home = dir.path;
    const env = { XDG_RUNTIME_DIR: dir.join("run") };
    await dir.write(".docker/config.json", auths(["quay.io", "docker"], ["only.io", "docker"]));
    assert.deepEqual(await findCredential("quay.io", "", { env, home }), basic("docker"));
    await dir.write("run/containers/auth.json", auths(["quay.io", "podman"]));
    assert.deepEqual(await findCredential("quay.io", "", { env, home }), basic("podman"));
    assert.deepEqual(await findCredential("only.io", "", { env, home }), basic("docker"));
    assert.deepEqual(
      await findCredential("quay.io", "", { env: { ...env, DOCKER_AUTH_CONFIG: auths(["quay.io", "env"]) }, home }),
      basic("env"),
    );
    assert.equal(await findCredential("none.io", "a/b", { env, home }), undefined);
  });

  test("prefers the closest key and never takes that of another repository or host", async () => {
    await using dir = await tempDir();
    await dir.write(
      "auth.json",
      auths(["quay.io", "host"], ["quay.io/team", "team"], ["quay.io.evil.example", "evil"]),
    );
    const options = { env: { REGISTRY_AUTH_FILE: dir.join("auth.json") }, home: dir.path };
    assert.deepEqual(await findCredential("quay.io", "team/app", options), basic("team"));
    assert.deepEqual(await findCredential("quay.io", "teams/app", options), basic("host"));
    assert.equal(await findCredential("io", "quay", options), undefined);
  });

  test("asks the helper of the host, or the one for all", async () => {
    await using dir = await tempDir();
    const file = await dir.write(
      "config.json",
      JSON.stringify({ credsStore: "all", credHelpers: { "ecr.example": "ecr" } }),
    );
    const asked: string[] = [];
    const runHelper: RunHelper = async (name, verb, input) => {
      asked.push(`${name} ${verb} ${input}`);
      return helper("ecr.example", "AWS")(name, verb, input);
    };
    const options = { env: { REGISTRY_AUTH_FILE: file }, home: dir.path, runHelper };
    assert.deepEqual(await findCredential("ecr.example", "app", options), basic("AWS"));
    assert.equal(await findCredential("docker.io", "library/app", options), undefined);
    assert.deepEqual(asked, ["ecr get ecr.example", "all get https://index.docker.io/v1/"]);
  });

  test("authFilePaths() honours DOCKER_CONFIG and XDG variables, and takes empty ones for none", () => {
    const byUser = `/run/containers/${process.geteuid?.()}/auth.json`;
    assert.deepEqual(authFilePaths({ DOCKER_CONFIG: "/d", XDG_CONFIG_HOME: "/c", XDG_RUNTIME_DIR: "/r" }, "/h"), [
      "/r/containers/auth.json",
      "/c/containers/auth.json",
      "/d/config.json",
    ]);
    assert.deepEqual(authFilePaths({ DOCKER_CONFIG: "", XDG_CONFIG_HOME: "", XDG_RUNTIME_DIR: "" }, "/h"), [
      byUser,
      "/h/.config/containers/auth.json",
      "/h/.docker/config.json",
    ]);
  });
});

suite("credential helpers", () => {
  test("are programs found on the PATH, spoken to over their standard streams", async () => {
    await using dir = await tempDir();
    const program = await dir.write(
      "docker-credential-fake",
      `#!/bin/sh\nread key\nprintf '{"ServerURL":"%s","Username":"<token>","Secret":"t"}' "$key"\n`,
    );
    await chmod(program, 0o755);
    const run = helperRunner({ PATH: `${dir.path}:${process.env["PATH"]}` });
    assert.deepEqual(await getFromHelper("fake", "quay.io", run), { kind: "identity-token", token: "t" });
  });

  test("a missing program is named, with what to do", async () => {
    const error = await assertCode(() => getFromHelper("surely-not-there", "quay.io"), "ERR_CREDENTIAL_HELPER");
    assert.match(error.message, /no program docker-credential-surely-not-there/);
  });

  test("a name that leads elsewhere is refused", async () => {
    for (const name of ["../evil", "a/b", "", "-x", "a b"])
      await assertCode(() => getFromHelper(name, "quay.io"), "ERR_CREDENTIAL_HELPER");
  });

  test("what a failing helper prints is not shown", async () => {
    const run: RunHelper = async () => ({ exitCode: 3, output: new TextEncoder().encode("secret=hunter2") });
    const credential = basic("me");
    for (const call of [
      () => getFromHelper("x", "k", run),
      () => storeWithHelper("x", "k", credential, run),
      () => eraseWithHelper("x", "k", run),
    ]) {
      const error = await assertCode(call, "ERR_CREDENTIAL_HELPER");
      assert.doesNotMatch(`${error.message}${error.hint}`, /hunter2/);
      assert.match(error.message, /exit code 3/);
    }
  });

  test("an answer that is no credential is refused", async () => {
    const run: RunHelper = async () => ({ exitCode: 0, output: new TextEncoder().encode('{"Username":"a"}') });
    await assertCode(() => getFromHelper("x", "k", run), "ERR_CREDENTIAL_HELPER");
  });
});
