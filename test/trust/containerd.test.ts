/**
 * containerd asks teu's image verifier before it pulls: what the policies accept it pulls, and what they refuse it does not,
 * for the reason that they give. Verifiers are there since containerd 2; TEU_CONTAINERD names a folder with its programs.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { formatPublicKey, generateKey, publicKeyOf } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { type SkipReason, anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { signImage } from "@teu/trust/sign/sign-image";
import { projectRoot } from "../../tools/project.ts";
import { Daemon } from "../engines/daemon.ts";
import { type Ended, run } from "../registry-client/programs.ts";
import { type Scene, openScene } from "./images.ts";

const folder = process.env["TEU_CONTAINERD"];
const program = (name: string): string => (folder === undefined ? name : join(folder, name));

function needsVerifiers(): SkipReason {
  if (folder === undefined && needsProgram("containerd") !== false) return needsProgram("containerd");
  const text = execFileSync(program("containerd"), ["--version"], { encoding: "utf8", timeout: 20_000 });
  const major = Number(/\sv?(\d+)\.\d+\.\d+/.exec(text)?.[1] ?? 0);
  return major >= 2
    ? false
    : `needs containerd 2, here is ${text.trim()}: TEU_CONTAINERD names a folder with a newer one`;
}

const skip = anyOf(needsRoot(), needsProgram("docker-registry"), needsVerifiers());

describe("teu as an image verifier of containerd", { skip }, () => {
  let scene: Scene;
  let daemon: Daemon | undefined;

  before(async () => {
    scene = await openScene();
    const { dir, host } = scene;
    const key = await generateKey();
    await dir.write("key.pub", formatPublicKey(publicKeyOf(key)));
    const rule = { name: "team", images: [`${host}/**`], require: [{ signed: { by: ["release"] } }] };
    const policy = { version: 1, trust: { release: { key: dir.join("key.pub") } }, rules: [rule] };
    await dir.write(".config/teu/policy.json", JSON.stringify(policy));
    await dir.write(".config/containers/registries.conf", `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
    const [good] = [await scene.push("team/good"), await scene.push("team/bad")];
    await signImage({ store: good.repository }, good.root, { signer: keySigner(key), forms: ["bundle"] });
    await mkdir(dir.join("bin"));
    await symlink(join(projectRoot, "packages/cli/bin/teu-image-verifier"), dir.join("bin/teu-image-verifier"));
    const file = await dir.write("containerd.toml", configuration());
    const words = ["env", `HOME=${dir.path}`, program("containerd"), "--config", file];
    daemon = await Daemon.start(words, dir.join("containerd.log"), [...ctr(), "--connect-timeout", "1s", "version"]);
  });
  after(async () => {
    await daemon?.stop();
    await scene?.[Symbol.asyncDispose]();
  });

  function ctr(): readonly string[] {
    return [program("ctr"), "--address", scene.dir.join("containerd.sock")];
  }

  function configuration(): string {
    const at = (name: string): string => JSON.stringify(scene.dir.join(name));
    return `version = 3
root = ${at("root")}
state = ${at("state")}
disabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"]
[grpc]
  address = ${at("containerd.sock")}
[plugins."io.containerd.image-verifier.v1.bindir"]
  bin_dir = ${at("bin")}
  max_verifiers = 10
  per_verifier_timeout = "30s"
[plugins."io.containerd.transfer.v1.local"]
  [[plugins."io.containerd.transfer.v1.local".unpack_config]]
    platform = "linux"
    snapshotter = "native"
`;
  }

  async function pull(name: string): Promise<Ended> {
    const [command = "", ...words] = ctr();
    const image = `${scene.host}/team/${name}:v1`;
    return await run(command, [...words, "images", "pull", "--plain-http", "--snapshotter", "native", image]);
  }

  test("pulls an image that is signed", async () => {
    const { code, notes } = await pull("good");
    assert.equal(code, 0, notes);
  });

  test("does not pull one that is not, and says why", async () => {
    const { code, out, notes } = await pull("bad");
    assert.notEqual(code, 0);
    assert.match(out + notes, /blocked pull of .*team\/bad.*a signature by release: there is no signature/);
  });
});
