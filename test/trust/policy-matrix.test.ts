/**
 * The same policies judge the same signatures in skopeo of two ages and in teu, and the verdicts have to be the same.
 */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { formatPublicKey, generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { parseReference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import { parseJson } from "@teu/std/json";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { lookasideFolder } from "@teu/trust/find/lookaside";
import { collectEvidence } from "@teu/trust/policy/evidence";
import { judgeByPolicies, lookasideOf } from "@teu/trust/policy/judge-image";
import type { PolicyPlaces } from "@teu/trust/policy/find-policies";
import { loadPolicies } from "@teu/trust/policy/load-policies";
import { signGpg } from "@teu/trust/sign/sign-gpg";
import { signImage } from "@teu/trust/sign/sign-image";
import { run } from "../registry-client/programs.ts";
import { type PushedImage, type Scene, openScene } from "./images.ts";
import { needsPeer, peer } from "./programs.ts";

const skip = anyOf(needsPeer("skopeo"), needsProgram("skopeo", "gpg", "docker-registry"));

const IS_LONG = process.env["TEU_LONG_TESTS"] === "1";

describe("policies judged by skopeo and by teu", { skip, concurrency: true }, () => {
  let scene: Scene;
  let home: string;
  let image: PushedImage;
  let bare: PushedImage;
  const keys = new Map<string, Awaited<ReturnType<typeof generateKey>>>();

  before(async () => {
    scene = await openScene();
    const { dir } = scene;
    home = dir.join("gnupg");
    await mkdir(home, { mode: 0o700 });
    for (const user of ["ours", "other"]) {
      const made = ["--passphrase", "", "--quick-gen-key", `${user}@example.com`, "rsa2048", "sign", "never"];
      await gpg(...made);
      await dir.write(`${user}.asc`, Buffer.from((await gpg("--armor", "--export", `${user}@example.com`)).out));
      const key = await generateKey();
      keys.set(user, key);
      await writeFile(dir.join(`${user}.pub`), formatPublicKey(key));
    }
    image = await scene.push("team/app");
    bare = await scene.push("team/bare");
    const ours = keys.get("ours");
    assert.ok(ours);
    await signImage({ store: image.repository }, image.root, {
      signer: keySigner(ours),
      name: `${image.name}:v1`,
      forms: ["legacy"],
    });
    await image.repository.tag("v2", image.root);
    const folder = lookasideFolder(dir.join("lookaside"), parseReference(image.name), image.root.digest);
    await signGpg(image.root, { key: "ours@example.com", name: `${image.name}:v1`, folder, home });
    const section = { lookaside: `file://${dir.join("lookaside")}`, "use-sigstore-attachments": true };
    await dir.write("registries.d/all.yaml", JSON.stringify({ docker: { [scene.host]: section } }));
  });
  after(async () => {
    await run("gpgconf", ["--homedir", home, "--kill", "all"]);
    await scene?.[Symbol.asyncDispose]();
  });

  async function gpg(...words: readonly string[]): ReturnType<typeof run> {
    const ended = await run("gpg", ["--homedir", home, "--batch", "--yes", "--pinentry-mode", "loopback", ...words]);
    assert.equal(ended.code, 0, ended.notes);
    return ended;
  }

  /** By the stock program of the system, or the newer one. */
  async function bySkopeo(policy: string, name: string, isNew: boolean): Promise<boolean> {
    const { dir } = scene;
    const target = dir.join(`out-${isNew}-${policy}-${name.replace(/\W/g, "-")}`);
    const words = ["--policy", dir.join(policy), "--registries.d", dir.join("registries.d"), "copy", "--quiet"];
    const all = [...words, "--src-tls-verify=false", `docker://${name}`, `dir:${target}`];
    const env = { HOME: dir.path, GNUPGHOME: home };
    return (isNew ? await peer("skopeo", dir.path, all) : await run("skopeo", all, { env })).code === 0;
  }

  async function byTeu(policy: string, name: string, { repository, root }: PushedImage): Promise<boolean> {
    const { dir } = scene;
    const places: PolicyPlaces = {
      env: { HOME: dir.path },
      readYaml: parseJson,
      etc: dir.join("etc"),
      containers: dir.join(policy),
      registriesD: dir.join("registries.d"),
    };
    try {
      const policies = await loadPolicies(places);
      const reference = parseReference(name);
      const lookaside = await lookasideOf(policies, reference);
      const verdict = await judgeByPolicies(policies, places, {
        name: reference,
        evidence: () => collectEvidence(repository, root, root, { name: reference, lookaside }),
        moment: "pull",
        memory: { last: async () => undefined, remember: async () => {} },
      });
      return verdict.accepted;
    } catch (error) {
      if (isTeuError(error, "ERR_POLICY_INVALID")) return false;
      throw error;
    }
  }

  const path = (name: string): string => scene.dir.join(name);
  const gpgBy = (file: string, more: object = {}): object => ({
    type: "signedBy",
    keyType: "GPGKeys",
    keyPath: path(file),
    ...more,
  });
  const sigstoreBy = (file: string, more: object = {}): object => ({
    type: "sigstoreSigned",
    keyPath: path(file),
    ...more,
  });
  const identity = (type: string, more: object = {}): object => ({ signedIdentity: { type, ...more } });
  const REJECT = { type: "reject" };
  const ACCEPT = { type: "insecureAcceptAnything" };

  /** Each with whether it accepts `team/app:v1`, `team/app:v2`, `team/app` by digest, and the unsigned `team/bare:v1`. */
  const ROWS: Readonly<Record<string, () => readonly [object, string]>> = {
    accept: () => [[ACCEPT], "yyyy"],
    reject: () => [[REJECT], "nnnn"],
    gpg: () => [[gpgBy("ours.asc")], "ynyn"],
    "gpg, exact": () => [[gpgBy("ours.asc", identity("matchExact"))], "ynnn"],
    "gpg, repository": () => [[gpgBy("ours.asc", identity("matchRepository"))], "yyyn"],
    "gpg, another's": () => [[gpgBy("other.asc")], "nnnn"],
    "gpg, missing key": () => [[gpgBy("absent.asc")], "nnnn"],
    "gpg, exact reference": () => [
      [gpgBy("ours.asc", identity("exactReference", { dockerReference: `${image.name}:v1` }))],
      "yyyn",
    ],
    "gpg, exact repository of others": () => [
      [gpgBy("ours.asc", identity("exactRepository", { dockerRepository: "example.com/x" }))],
      "nnnn",
    ],
    "gpg, remapped": () => [
      [gpgBy("ours.asc", identity("remapIdentity", { prefix: scene.host, signedPrefix: "example.com" }))],
      "nnnn",
    ],
    sigstore: () => [[sigstoreBy("ours.pub")], "ynyn"],
    "sigstore, another's": () => [[sigstoreBy("other.pub")], "nnnn"],
    "sigstore, repository": () => [[sigstoreBy("ours.pub", identity("matchRepository"))], "yyyn"],
    both: () => [[gpgBy("ours.asc"), sigstoreBy("ours.pub")], "ynyn"],
    "both, one another's": () => [[gpgBy("ours.asc"), sigstoreBy("other.pub")], "nnnn"],
    "accept and reject": () => [[ACCEPT, REJECT], "nnnn"],
    "nothing asked": () => [[], "nnnn"],
    "a field too many": () => [[{ ...REJECT, keyPath: "/x" }], "nnnn"],
    "two sources": () => [[gpgBy("ours.asc", { keyData: "AA==" })], "nnnn"],
    "an unknown requirement": () => [[{ type: "signedByAll" }], "nnnn"],
  };

  for (const [at, [name, row]] of Object.entries(ROWS).entries())
    test(name, async () => {
      const [requirements, expected] = row();
      const policy = `policy-${at}.json`;
      const scopes = { docker: { [scene.host]: requirements } };
      await scene.dir.write(policy, JSON.stringify({ default: [REJECT], transports: scopes }));
      const asked = [`${image.name}:v1`, `${image.name}:v2`, image.exact, `${bare.name}:v1`];
      const letters = async (judge: (each: string) => Promise<boolean>): Promise<string> =>
        (await Promise.all(asked.map(async (each) => ((await judge(each)) ? "y" : "n")))).join("");
      assert.equal(await letters((each) => byTeu(policy, each, each.startsWith(bare.name) ? bare : image)), expected);
      assert.equal(await letters((each) => bySkopeo(policy, each, true)), expected, "skopeo, the newer");
      // Debian's older skopeo has sigstore taken out.
      if (IS_LONG && !/^(?:sigstore|both)/.test(name))
        assert.equal(await letters((each) => bySkopeo(policy, each, false)), expected, "skopeo, the older");
    });

  describe("podman", { skip: needsProgram("podman") }, () => {
    /** As its user's own policy, in the home of its own. */
    async function byPodman(requirements: readonly object[], name: string): Promise<boolean> {
      const { dir } = scene;
      const own = `podman-${podmans++}`;
      const policy = { default: [REJECT], transports: { docker: { [scene.host]: requirements } } };
      await dir.write(`${own}/.config/containers/policy.json`, JSON.stringify(policy));
      const section = { docker: { [scene.host]: { lookaside: `file://${dir.join("lookaside")}` } } };
      await dir.write(`${own}/.config/containers/registries.d/all.yaml`, JSON.stringify(section));
      const at = dir.join(own);
      const place = ["--root", `${at}/root`, "--runroot", `${at}/run`, "--storage-driver", "vfs"];
      const words = [...place, "pull", "--quiet", "--tls-verify=false", name];
      const { code, notes } = await run("podman", words, { env: { HOME: at, GNUPGHOME: home } });
      if (code !== 0) assert.match(notes, /rejected|invalid policy|Unknown key/i);
      return code === 0;
    }
    let podmans = 0;

    for (const [name, make, expected] of [
      ["accept", () => [ACCEPT], "yy"],
      ["reject", () => [REJECT], "nn"],
      ["gpg", () => [gpgBy("ours.asc")], "yn"],
      ["gpg, repository", () => [gpgBy("ours.asc", identity("matchRepository"))], "yy"],
      ["gpg, another's", () => [gpgBy("other.asc")], "nn"],
      ["a field too many", () => [{ ...REJECT, keyPath: "/x" }], "nn"],
    ] as const)
      test(name, async () => {
        const letters: string[] = [];
        for (const tag of ["v1", "v2"]) letters.push((await byPodman(make(), `${image.name}:${tag}`)) ? "y" : "n");
        assert.equal(letters.join(""), expected);
        await scene.dir.write(
          `podman-${name}.json`,
          JSON.stringify({ default: [REJECT], transports: { docker: { [scene.host]: make() } } }),
        );
        const ours = await Promise.all(
          ["v1", "v2"].map((tag) => byTeu(`podman-${name}.json`, `${image.name}:${tag}`, image)),
        );
        assert.equal(ours.map((each) => (each ? "y" : "n")).join(""), expected);
      });
  });

  test("a policy.json with a field twice is refused by all", async () => {
    const twice = '{"default":[{"type":"insecureAcceptAnything"}],"default":[{"type":"insecureAcceptAnything"}]}';
    await scene.dir.write("twice.json", twice);
    assert.equal(await byTeu("twice.json", `${image.name}:v1`, image), false);
    assert.equal(await bySkopeo("twice.json", `${image.name}:v1`, true), false);
    assert.equal(await bySkopeo("twice.json", `${image.name}:v1`, false), false);
  });
});
