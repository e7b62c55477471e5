/** Documents that umoci, skopeo and buildah write: none breaks a MUST, and each is found to be what it is. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { parseArchiveManifest, parseArchiveRepositories } from "../docker/archive.ts";
import { type DockerConfig, parseDockerConfig } from "../docker/config.ts";
import { parseSchema1, schema1Layers } from "../docker/schema1.ts";
import { parseDockerManifest } from "../docker/schema2.ts";
import type { Document } from "../document.ts";
import { DOCKER_MANIFEST, DOCKER_MANIFEST_1_SIGNED } from "../media-types.ts";
import { type ImageConfig, parseConfig } from "./config.ts";
import { detectDocument } from "./detect.ts";
import type { Index } from "./index-document.ts";
import { blobPath, checkLayoutPaths, entriesNamed, parseLayoutHeader, parseLayoutIndex } from "./layout.ts";
import { checkManifestWithConfig } from "./manifest-with-config.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

const run = promisify(execFile);
const EMPTY_TAR = new Uint8Array(10_240);
const POLICY = '{"default":[{"type":"insecureAcceptAnything"}]}';
const CONFIG_OPTIONS: readonly string[] = [
  ["env", "A=b"],
  ["user", "1000:1000"],
  ["exposedports", "8080/tcp"],
  ["volume", "/data"],
  ["label", "com.example.team=ships"],
  ["cmd", "sh"],
].flatMap(([name = "", value = ""]) => [`--config.${name}`, value]);

/** Makes an image of one layer in the layout `image`, by umoci. */
async function umociImage(dir: TempDir): Promise<string> {
  const layout = dir.join("image");
  const image = `${layout}:v1`;
  const layer = await dir.write("layer.tar", EMPTY_TAR);
  await run("umoci", ["init", "--layout", layout]);
  await run("umoci", ["new", "--image", image]);
  await run("umoci", ["raw", "add-layer", "--image", image, layer]);
  await run("umoci", ["config", "--image", image, "--author", "me", ...CONFIG_OPTIONS]);
  return layout;
}

async function skopeo(dir: TempDir, source: string, target: string, ...options: string[]): Promise<void> {
  const policy = await dir.write("policy.json", POLICY);
  await run("skopeo", ["--policy", policy, "copy", "-q", ...options, source, target]);
}

interface Layout {
  readonly index: Document<Index>;
  readonly manifest: Document<Manifest>;
  readonly config: Document<ImageConfig>;
}

/** Reads the documents of the image `v1` in a layout; each reader refuses a broken MUST. */
async function readLayout(path: string): Promise<Layout> {
  const names = await readdir(path, { recursive: true });
  assert.deepEqual(checkLayoutPaths(names), []);
  const index = parseLayoutIndex(await readFile(`${path}/index.json`));
  parseLayoutHeader(await readFile(`${path}/oci-layout`));
  const [entry] = entriesNamed(index.value, "v1");
  assert.ok(entry !== undefined);
  const manifest = parseManifest(await readFile(`${path}/${blobPath(entry.digest)}`));
  const config = parseConfig(await readFile(`${path}/${blobPath(manifest.value.config.digest)}`));
  assert.deepEqual(checkManifestWithConfig(manifest.value, config.value), []);
  assert.equal(detectDocument(manifest.bytes)?.id, "manifest");
  assert.equal(detectDocument(config.bytes)?.id, "config");
  assert.equal(detectDocument(index.bytes)?.id, "index");
  return { index, manifest, config };
}

const clausesOf = ({ issues }: Document<unknown>): string[] => issues.map(({ clause }) => clause);

test("a layout of umoci", { skip: needsProgram("umoci") }, async () => {
  await using dir = await tempDir();
  const { index, manifest, config } = await readLayout(await umociImage(dir));
  assert.deepEqual(clausesOf(index), ["image.descriptor.platform", "image.index.mediaType.present"]);
  assert.deepEqual(clausesOf(manifest), ["image.manifest.mediaType.present"]);
  assert.deepEqual(clausesOf(config), []);
  assert.deepEqual(config.value.config?.ExposedPorts, { "8080/tcp": {} });
});

test("a layout of skopeo", { skip: needsProgram("umoci", "skopeo") }, async () => {
  await using dir = await tempDir();
  await skopeo(dir, `oci:${await umociImage(dir)}:v1`, `oci:${dir.join("copy")}:v1`);
  await readLayout(dir.join("copy"));
});

test("a Docker manifest of skopeo", { skip: needsProgram("umoci", "skopeo") }, async () => {
  await using dir = await tempDir();
  await skopeo(dir, `oci:${await umociImage(dir)}:v1`, `dir:${dir.join("v2")}`, "--format", "v2s2");
  const bytes = await readFile(dir.join("v2", "manifest.json"));
  assert.deepEqual(parseDockerManifest(bytes).issues, []);
  assert.equal(detectDocument(bytes, DOCKER_MANIFEST)?.id, "docker-manifest");
});

test(
  "a signed manifest of schema 1 of skopeo, whose signature fits the bytes we take for signed",
  {
    skip: needsProgram("umoci", "skopeo"),
  },
  async () => {
    await using dir = await tempDir();
    await skopeo(dir, `oci:${await umociImage(dir)}:v1`, `dir:${dir.join("v1")}`, "--format", "v2s1");
    const signed = await readFile(dir.join("v1", "manifest.json"));
    assert.equal(detectDocument(signed, DOCKER_MANIFEST_1_SIGNED)?.id, "docker-schema1");
    const { bytes, value } = parseSchema1(signed);
    assert.deepEqual(
      schema1Layers(value).map(({ image }) => image.throwaway),
      [undefined, true],
    );
    const { signatures } = JSON.parse(signed.toString()) as Signed;
    for (const { header, protected: protectedHeader, signature } of signatures) {
      const input = Buffer.from(`${protectedHeader}.${Buffer.from(bytes).toString("base64url")}`);
      const key = { key: createPublicKey({ key: header.jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
      assert.ok(verify("sha256", input, key, Buffer.from(signature, "base64url")));
    }
  },
);

interface Signed {
  readonly signatures: readonly {
    readonly header: { readonly jwk: Record<string, string> };
    readonly protected: string;
    readonly signature: string;
  }[];
}

test("an archive of skopeo", { skip: needsProgram("umoci", "skopeo", "tar") }, async () => {
  await using dir = await tempDir();
  const archive = dir.join("archive.tar");
  await skopeo(dir, `oci:${await umociImage(dir)}:v1`, `docker-archive:${archive}:example.com/app:v1`);
  const manifest = parseArchiveManifest(await inArchive(archive, "manifest.json"));
  const repositories = parseArchiveRepositories(await inArchive(archive, "repositories"));
  assert.deepEqual([...manifest.issues, ...repositories.issues], []);
  assert.deepEqual(manifest.value[0]?.RepoTags, ["example.com/app:v1"]);
  assert.deepEqual(Object.keys(repositories.value), ["example.com/app"]);
  const config = await inArchive(archive, manifest.value[0]?.Config ?? "");
  assert.deepEqual(parseDockerConfig(config).issues, []);
});

async function inArchive(archive: string, name: string): Promise<Uint8Array> {
  const { stdout } = await run("tar", ["-xOf", archive, name], { encoding: "buffer" });
  return stdout;
}

test("images of buildah, in both formats", { skip: anyOf(needsProgram("buildah"), needsRoot()) }, async () => {
  await using dir = await tempDir();
  const policy = await dir.write("policy.json", POLICY);
  const storage = ["--root", dir.join("root"), "--runroot", dir.join("run"), "--storage-driver", "vfs"];
  const buildah = async (...words: string[]): Promise<string> =>
    (await run("buildah", [...storage, ...words])).stdout.trim();
  const container = await buildah("from", "scratch");
  await buildah("config", "--env=A=b", "--user=app", "--port=53/udp", "--entrypoint", '["/bin/x"]', container);
  await buildah("config", "--healthcheck=CMD true", "--onbuild=RUN x", "--shell=/bin/sh", container);
  await buildah("copy", "-q", container, policy, "/policy.json");
  const commit = ["commit", "-q", "--signature-policy", policy, "--format"];
  await buildah(...commit, "oci", container, `oci:${dir.join("oci")}:v1`);
  await buildah(...commit, "docker", container, `dir:${dir.join("docker")}`);
  await readLayout(dir.join("oci"));
  const config = await dockerConfigIn(dir);
  assert.deepEqual(config.config?.Healthcheck?.Test, ["CMD", "true"]);
  assert.deepEqual(config.config?.OnBuild, ["RUN x"]);
});

async function dockerConfigIn(dir: TempDir): Promise<DockerConfig> {
  const manifest = parseDockerManifest(await readFile(dir.join("docker", "manifest.json"))).value;
  const [, encoded = ""] = manifest.config.digest.split(":");
  const config = parseDockerConfig(await readFile(dir.join("docker", encoded))).value;
  assert.deepEqual(checkManifestWithConfig(manifest, config), []);
  return config;
}
