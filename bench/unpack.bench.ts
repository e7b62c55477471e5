/** Images on disk, unpacked, packed again, copied and validated, beside umoci, skopeo, and what does the least. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "@teu/testing/skip";
import { projectRoot } from "../tools/project.ts";
import type { Bar, Bench, Case, Contender } from "./bench.ts";
import { FreshDisk } from "./unpack/fresh-disk.ts";
import { packedTeu } from "./packed-teu.ts";
import { type BenchImage, benchImage } from "./unpack/image.ts";

export const bench: Bench = {
  name: "unpack",
  title: "Images on disk",
  about: `The image has four layers: a small Debian, packages of languages and tools on it, an application, and changes with
whiteouts, devices, hard links, set-id files and a file with a capability. \`bench/unpack/image.ts\` makes it. It is in the
page cache. Ours is the command as it is published; starting Node is part of its figures.

Trees are unpacked to an ext4 in memory that is made anew for each run, and bundles are packed from there; layouts are
copied on the machine's own disk, where ours waits until they are on it and skopeo does not.

Ours and umoci verify the digests of the stored layers, and apply whiteouts and attributes; ours verifies the DiffIDs too.
The decompressor with tar does neither. \`umoci unpack\` also records what it unpacked.

Peak memory is that of the largest process.`,
  prepare,
};

const NEEDED = ["umoci", "skopeo", "pigz", "zstd", "openssl", "mkfs.ext4", "losetup"];
const MAX_PEAK_MB = 200;

async function prepare(folder: string): Promise<readonly Case[]> {
  const missing = NEEDED.filter((program) => programPath(program) === undefined);
  if (missing.length > 0) throw new Error(`The benchmark needs ${missing.join(", ")} on PATH`);
  const disk = new FreshDisk();
  const world: World = { folder, disk, image: benchImage(), teu: await packedTeu(folder) };
  mkdirSync(join(folder, "out"));
  return [gzipCase(world), zstdCase(world), copyCase(world), ...repackCases(world), validateCase(world)];
}

interface World {
  readonly folder: string;
  readonly disk: FreshDisk;
  readonly image: BenchImage;
  /** The start of every command line of ours. */
  readonly teu: string;
}

function gzipCase(world: World): Case {
  const { image, disk, teu } = world;
  const target = join(disk.path, "root");
  const row = (name: string, program: string, script: string): Contender =>
    contender(world, { name, program, script, before: () => disk.renew() });
  return {
    name: "unpack, gzip",
    rounds: 2,
    maxPeakMB: MAX_PEAK_MB,
    bars: [
      ...both("umoci raw unpack", 0.45),
      ...both("umoci unpack", 0.3),
      { peer: "pigz and tar", metric: "wall", atMost: 1.2 },
    ],
    contenders: [
      row("teu", "", `${teu} image unpack -q oci:${image.gzip}:v1 ${target}`),
      row("umoci raw unpack", "umoci", `umoci raw unpack --image ${image.gzip}:v1 ${target}`),
      row("umoci unpack", "umoci", `umoci unpack --image ${image.gzip}:v1 ${target}`),
      row("pigz and tar", "pigz", piped("pigz", image.gzipLayers, target)),
    ],
  };
}

function zstdCase(world: World): Case {
  const { image, disk, teu } = world;
  const target = join(disk.path, "root");
  const row = (name: string, program: string, script: string): Contender =>
    contender(world, { name, program, script, before: () => disk.renew() });
  return {
    name: "unpack, zstd",
    rounds: 4,
    maxPeakMB: MAX_PEAK_MB,
    bars: [{ peer: "zstd and tar", metric: "wall", atMost: 1.5 }],
    contenders: [
      row("teu", "", `${teu} image unpack -q oci:${image.zstd}:v1 ${target}`),
      row("zstd and tar", "zstd", piped("zstd", image.zstdLayers, target)),
    ],
  };
}

function piped(decompressor: string, layers: readonly string[], target: string): string {
  const commands = layers.map((layer) => `${decompressor} -dc ${layer} | tar -x -C ${target}`);
  return [`mkdir ${target}`, ...commands].join(" && ");
}

function copyCase(world: World): Case {
  const out = join(world.folder, "out");
  const from = `oci:${world.image.gzip}:v1`;
  const before = (): void => {
    rmSync(out, { recursive: true });
    mkdirSync(out);
  };
  const row = (name: string, program: string, script: string): Contender =>
    contender(world, { name, program, script, before });
  return {
    name: "copy, layout to layout",
    rounds: 5,
    maxPeakMB: MAX_PEAK_MB,
    bars: both("skopeo", 0.7),
    contenders: [
      row("teu", "", `${world.teu} copy -q ${from} oci:${out}/layout:v1`),
      row("skopeo", "skopeo", `skopeo --insecure-policy copy -q ${from} oci:${out}/layout:v1`),
    ],
  };
}

function repackCases(world: World): Case[] {
  const bundles = new Bundles(world);
  const rows = (before: () => void): [Contender, Contender] => [
    contender(world, { name: "teu", program: "", script: bundles.packOurs, before }),
    contender(world, { name: "umoci", program: "umoci", script: bundles.packTheirs, before }),
  ];
  return [
    {
      name: "repack, one changed file",
      rounds: 3,
      maxPeakMB: MAX_PEAK_MB,
      bars: both("umoci", 0.1),
      contenders: rows(() => bundles.changeOne()),
    },
    {
      name: "repack, everything changed",
      rounds: 2,
      maxPeakMB: MAX_PEAK_MB,
      bars: both("umoci", 0.7),
      contenders: rows(() => bundles.changeAll()),
    },
  ];
}

/** The same image as a bundle of ours and one of umoci's, changed in the same way. Each is beside a layout of its own. */
class Bundles {
  readonly packOurs: string;
  readonly packTheirs: string;
  readonly #world: World;
  #change: "none" | "one" | "all" = "none";

  constructor(world: World) {
    this.#world = world;
    const { teu, disk } = world;
    this.packOurs = `${teu} image repack -q oci:${disk.path}/ours:v1 ${disk.path}/teu oci:${disk.path}/ours:new`;
    this.packTheirs = `umoci repack --image ${disk.path}/theirs:new ${disk.path}/umoci`;
  }

  changeOne(): void {
    if (this.#change === "one") return;
    this.#unpack();
    for (const root of this.#roots()) appendFileSync(join(root, "etc/hostname"), "changed\n");
    this.#change = "one";
  }

  changeAll(): void {
    if (this.#change === "all") return;
    if (this.#change === "none") this.#unpack();
    for (const root of this.#roots()) sh(`find ${root} -exec touch -h -d @1700000000 {} +`);
    this.#change = "all";
  }

  #roots(): string[] {
    return ["teu", "umoci"].map((name) => join(this.#world.disk.path, name, "rootfs"));
  }

  #unpack(): void {
    const { disk, image, teu } = this.#world;
    disk.renew();
    for (const name of ["ours", "theirs"]) sh(`cp -r ${image.gzip} ${disk.path}/${name}`);
    sh(`${teu} image unpack -q --bundle oci:${disk.path}/ours:v1 ${disk.path}/teu`);
    sh(`umoci unpack --image ${disk.path}/theirs:v1 ${disk.path}/umoci`);
  }
}

function validateCase(world: World): Case {
  const { image, teu, folder } = world;
  const layers = image.gzipLayers;
  const hashes = layers.map((layer) => `pigz -dc ${layer} | openssl dgst -sha256 && openssl dgst -sha256 ${layer}`);
  const floor = join(folder, "floor.mjs");
  execFileSync(join(projectRoot, "node_modules/.bin/esbuild"), [
    join(projectRoot, "bench/unpack/floor.ts"),
    `--outfile=${floor}`,
    "--log-level=error",
  ]);
  const row = (name: string, program: string, script: string): Contender => contender(world, { name, program, script });
  return {
    name: "validate",
    rounds: 4,
    maxPeakMB: MAX_PEAK_MB,
    bars: [
      { peer: "Node decompresses and hashes", metric: "wall", atMost: 1.3 },
      { peer: "pigz and openssl", metric: "wall", atMost: 1.3 },
    ],
    contenders: [
      row("teu", "", `${teu} image validate -q oci:${image.gzip}:v1`),
      row("Node decompresses and hashes", "", `${process.execPath} ${floor} ${layers.join(" ")}`),
      row("pigz and openssl", "pigz", hashes.join(" && ")),
    ],
  };
}

interface Row {
  readonly name: string;
  /** Whose version is told; empty for what is from here. */
  readonly program: string;
  readonly script: string;
  readonly before?: () => void;
}

function contender({ folder }: World, { name, program, script, before = () => {} }: Row): Contender {
  const file = join(folder, `${name.replaceAll(" ", "-")}-${Math.abs(hash(script))}.sh`);
  writeFileSync(file, `set -e\n${script}\n`);
  return { name, version: program === "" ? "this tree" : versionOf(program), command: ["sh", file], before };
}

function both(peer: string, atMost: number): Bar[] {
  return [
    { peer, metric: "wall", atMost },
    { peer, metric: "cpu", atMost },
  ];
}

function sh(script: string): void {
  execFileSync("sh", ["-c", script], { stdio: ["ignore", "ignore", "inherit"] });
}

function hash(text: string): number {
  return Buffer.from(text).reduce((sum, byte) => (sum * 31 + byte) | 0, 7);
}

function versionOf(program: string): string {
  return execFileSync("sh", ["-c", `${program} --version 2>&1`], { encoding: "utf8" }).split("\n")[0] ?? program;
}
