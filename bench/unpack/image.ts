/**
 * Makes the image that unpacking is measured with: four layers of Debian packages, about 80,000 entries, with whiteouts,
 * hard links, devices, set-id files and extended attributes; once with gzip and once with zstd.
 * It takes some minutes, root, mmdebstrap, umoci and a mirror of Debian, so the result is kept in `.setup/bench`.
 *   sh tools/run bench/unpack/image.ts
 * @module
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gunzipSync, zstdCompressSync } from "node:zlib";
import { projectRoot } from "../../tools/project.ts";
import { Random } from "../../fuzz/random.ts";

const folder = join(projectRoot, ".setup/bench/unpack");
const PACKAGES = ["python3", "git", "nodejs", "npm", "golang-1.19-src", "libboost1.74-dev"];

/** The image layouts, both with the tag `v1`. */
export interface BenchImage {
  readonly gzip: string;
  readonly zstd: string;
  /** The layers as files, base first. */
  readonly gzipLayers: readonly string[];
  readonly zstdLayers: readonly string[];
}

/** The image, made now if it is not there. */
export function benchImage(): BenchImage {
  const gzip = join(folder, "gzip");
  const zstd = join(folder, "zstd");
  if (!existsSync(gzip)) makeImage(gzip);
  if (!existsSync(zstd)) recompress(gzip, zstd);
  return { gzip, zstd, gzipLayers: layersOf(gzip), zstdLayers: layersOf(zstd) };
}

if (import.meta.main) console.log(benchImage());

function makeImage(target: string): void {
  mkdirSync(folder, { recursive: true });
  const work = join(folder, "work");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  const layout = join(work, "layout");
  const bundle = join(work, "bundle");
  const root = join(bundle, "rootfs");
  const umoci = (...args: string[]): void => run("umoci", ...args);
  umoci("init", "--layout", layout);
  umoci("new", "--image", `${layout}:v1`);
  umoci("unpack", "--image", `${layout}:v1`, bundle);
  const steps = [addBase, addPackages, addApplication, changeThings];
  for (const step of steps) {
    step(root);
    umoci("repack", "--refresh-bundle", "--image", `${layout}:v1`, bundle);
  }
  umoci("gc", "--layout", layout);
  renameSync(layout, target);
  rmSync(work, { recursive: true });
}

function addBase(root: string): void {
  const archive = `${root}.tar`;
  run("mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", archive);
  run("tar", "-C", root, "--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", archive);
  rmSync(archive);
}

function addPackages(root: string): void {
  cpSync("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  const environment = "env DEBIAN_FRONTEND=noninteractive LC_ALL=C";
  run(
    "chroot",
    root,
    "sh",
    "-c",
    `${environment} apt-get update && ${environment} apt-get install -y --no-install-recommends ${PACKAGES.join(" ")} && apt-get clean`,
  );
}

function addApplication(root: string): void {
  const app = join(root, "srv/app");
  mkdirSync(app, { recursive: true });
  run("cp", "-a", join(root, "usr/share/nodejs"), join(app, "node_modules"));
  const random = new Random(7);
  const words = readFileSync(join(root, "usr/share/common-licenses/GPL-3"), "utf8").split(/\s+/u);
  for (let i = 0; i < 4000; i += 1) {
    const path = join(app, `src/module-${i % 200}/part-${i}.ts`);
    mkdirSync(join(path, ".."), { recursive: true });
    const text = Array.from({ length: 20 + random.below(800) }, () => random.pick(words));
    writeFileSync(path, text.join(" "));
  }
}

// What packages alone do not have: whiteouts, changed files, devices, links, long names, bytes beyond ASCII.
function changeThings(root: string): void {
  const at = (path: string): string => join(root, path);
  for (const gone of ["var/lib/apt/lists", "var/cache/apt/archives", "usr/share/doc/git", "srv/app/src/module-7"])
    rmSync(at(gone), { recursive: true, force: true });
  mkdirSync(at("usr/share/doc/git"));
  writeFileSync(at("etc/motd"), "changed\n");
  writeFileSync(at("srv/app/node_modules/added.js"), "added\n");
  run("chmod", "4755", at("usr/bin/git"));
  for (let i = 0; i < 9; i += 1)
    run("mknod", at(`srv/device-${i}`), i % 2 === 0 ? "c" : "b", String(1 + i), String(i * 3));
  run("mkfifo", at("srv/pipe"));
  cpSync("/bin/true", at("srv/raw-socket"));
  run("setcap", "cap_net_raw+ep", at("srv/raw-socket"));
  linkSync(at("srv/raw-socket"), at("srv/raw-socket-too"));
  writeFileSync(at(`srv/${"long-name-".repeat(20)}`), "long\n");
  writeFileSync(at("srv/größe-尺寸"), "text\n");
}

type Descriptor = { mediaType: string; digest: string; size: number };

/** Copies a layout with every layer as zstd. */
function recompress(from: string, to: string): void {
  const part = `${to}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, "blobs/sha256"), { recursive: true });
  const index = JSON.parse(readFileSync(join(from, "index.json"), "utf8")) as { manifests: Descriptor[] };
  const manifest = manifestOf(from);
  cpSync(blob(from, manifest.config.digest), blob(part, manifest.config.digest));
  const layers = manifest.layers.map((layer) => {
    const params = { [constants.ZSTD_c_compressionLevel]: 3 };
    const bytes = zstdCompressSync(gunzipSync(readFileSync(blob(from, layer.digest))), { params });
    return put(part, bytes, "application/vnd.oci.image.layer.v1.tar+zstd");
  });
  const [first] = index.manifests;
  const { digest, size } = put(part, Buffer.from(JSON.stringify({ ...manifest, layers })), "");
  writeFileSync(join(part, "index.json"), JSON.stringify({ ...index, manifests: [{ ...first, digest, size }] }));
  cpSync(join(from, "oci-layout"), join(part, "oci-layout"));
  renameSync(part, to);
}

function put(layout: string, bytes: Uint8Array, mediaType: string): Descriptor {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  writeFileSync(blob(layout, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

function manifestOf(layout: string): { config: Descriptor; layers: Descriptor[] } {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as { manifests: Descriptor[] };
  return JSON.parse(readFileSync(blob(layout, index.manifests[0]?.digest ?? ""), "utf8")) as ReturnType<
    typeof manifestOf
  >;
}

function layersOf(layout: string): string[] {
  return manifestOf(layout).layers.map(({ digest }) => blob(layout, digest));
}

function blob(layout: string, digest: string): string {
  return join(layout, "blobs", digest.replace(":", "/"));
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, LC_ALL: "C" } });
}
