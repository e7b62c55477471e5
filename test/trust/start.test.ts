/**
 * Policies at every start of a container, with the real programs: the signature is judged again, offline, from what was kept
 * beside the image when it was pulled.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { keyHint, parsePublicKey } from "@teu/pki/keys";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { type Answer, EngineSession, IMAGE, skipEngine } from "../engine/session.ts";
import { startDockerRegistry } from "../registry-client/programs.ts";

const skip = anyOf(skipEngine, needsProgram("docker-registry"));
const BARE = ["--network", "none"];

suite("containers under a policy", { skip }, () => {
  const engine = new EngineSession();
  const at = (name: string): string => join(engine.root, name);
  const evidence = at("images/evidence");
  let host = "";
  let digest = "";
  let signer = "";

  async function works(...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await engine.here(...words);
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  /** Makes the policy of this user: all images of the registry are signed, and none of these is revoked. */
  async function writePolicy(revoked: object = {}): Promise<void> {
    const rule = { name: "team", images: [`${host}/**`], require: [{ signed: { by: ["release"] } }] };
    const policy = { version: 1, trust: { release: { key: at("teu.pub") } }, rules: [rule], revoked };
    await writeFile(at("policy.json"), JSON.stringify(policy));
    engine.env["TEU_POLICY"] = at("policy.json");
  }

  const refused = ({ status, stderr }: Answer, why: RegExp): void => {
    assert.notEqual(status, 0, `expected to be refused: ${why.source}`);
    assert.match(stderr, why);
  };

  before(async () => {
    if (skip !== false) return;
    const registry = await startDockerRegistry({
      path: engine.root,
      write: async (name, text) => {
        await writeFile(at(name), text);
        return at(name);
      },
    });
    host = registry.host;
    engine.env["TEU_KEY_PASSWORD"] = "x";
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await writeFile(at("reader.pub"), publicKey.export({ format: "pem", type: "spki" }));
    await writeFile(at("reader.key"), privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
    await works("key", "generate");
    signer = keyHint(parsePublicKey(await readFile(at("teu.pub"), "utf8")));
    digest = await works("push", "--quiet", `store:${IMAGE}`, `docker://${host}/team/signed:v1`);
    await works("push", "--quiet", `store:${IMAGE}`, `docker://${host}/team/other:v1`);
    const sealed = `docker://${host}/team/sealed:v1`;
    await works("push", "--quiet", "--encryption-key", "jwe:reader.pub", `store:${IMAGE}`, sealed);
    for (const name of ["signed", "sealed"])
      await works("sign", "--key", "teu.key", `docker://${host}/team/${name}:v1`);
    await writePolicy();
    await works("pull", "--quiet", `${host}/team/signed:v1`);
    await works("pull", "--quiet", "--decryption-key", "reader.key", `${host}/team/sealed:v1`);
    refused(await engine.here("pull", "--quiet", `${host}/team/other:v1`), /there is no signature/);
    await registry[Symbol.asyncDispose]();
    await cp(evidence, at("kept"), { recursive: true });
  });

  const run = (name: string, ...words: readonly string[]): Answer =>
    engine.teu("run", "--rm", ...BARE, "--pull", "never", `${host}/team/${name}:v1`, ...words);

  test("start with the registry gone, in plain and decrypted, and no others do", async () => {
    assert.deepEqual(run("signed", "echo", "up"), { status: 0, stdout: "up\n", stderr: "" });
    assert.deepEqual(run("sealed", "echo", "open"), { status: 0, stdout: "open\n", stderr: "" });
    refused(engine.teu("run", "--rm", ...BARE, IMAGE, "true"), /Starting container .*the rule rejects it/);
    assert.deepEqual(engine.names(), []);
  });

  test("are judged at each start: without its evidence, or with its signer or image revoked, none does", async () => {
    await works("create", "--name", "twice", ...BARE, `${host}/team/signed:v1`, "true");
    const start = (): Answer => engine.teu("start", "-a", "twice");
    assert.equal(start().status, 0);
    await rm(evidence, { recursive: true });
    refused(start(), /Starting container "twice".*there is no signature/);
    await cp(at("kept"), evidence, { recursive: true });
    assert.equal(start().status, 0);
    await writePolicy({ signers: [signer] });
    refused(start(), /revoked/);
    await writePolicy({ images: [digest] });
    refused(start(), /revoked/);
    await writePolicy();
    assert.equal(start().status, 0);
    await works("rm", "-f", "twice");
  });

  test("are not started again by their monitor once the policy says no", async () => {
    const words = ["--restart", "always", ...BARE, `${host}/team/signed:v1`, "sh", "-c", "echo up; sleep 0.3"];
    const { status, stderr } = engine.teu("run", "-d", "--name", "again", ...words);
    assert.equal(status, 0, stderr);
    await untilLogged("again", 2);
    await writePolicy({ images: [digest] });
    await engine.becomes("again", "exited");
    await writePolicy();
    await works("rm", "-f", "again");
  });

  async function untilLogged(name: string, lines: number): Promise<void> {
    for (let round = 0; round < 200; round += 1) {
      const { stdout } = await engine.here("logs", name);
      if (stdout.split("\n").length > lines) return;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    assert.fail(`${name} was not started ${lines} times`);
  }

  test("do not start once the evidence was exchanged for that of another image", async () => {
    const [signed, sealed] = await Promise.all(["signed", "sealed"].map(async (name) => await rootOf(name)));
    const file = (root: string | undefined): string => join(evidence, `${root?.replace(":", "-") ?? ""}.json`);
    await cp(file(sealed), at("sealed.json"));
    const changed = (await readFile(file(signed), "utf8")).replaceAll(/"bytes":"(.)/g, '"bytes":"$1AAA');
    await writeFile(file(signed), changed);
    refused(run("signed", "true"), /signature/);
    await cp(at("kept"), evidence, { recursive: true, force: true });
    assert.equal(run("signed", "true").status, 0);
  });

  async function rootOf(name: string): Promise<string> {
    return (await works("manifest", "head", `store:${host}/team/${name}:v1`)).match(/sha256:[0-9a-f]{64}/)?.[0] ?? "";
  }
});
