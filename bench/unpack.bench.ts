/** Unpacking an image, beside umoci and beside what does the least: a decompressor and tar. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "@teu/testing/skip";
import { build } from "esbuild";
import { projectRoot } from "../tools/project.ts";
import type { Bar, Bench, Case, Contender } from "./bench.ts";
import { type BenchImage, benchImage } from "./unpack/image.ts";

const ROUNDS = 5;

export const bench: Bench = {
  name: "unpack",
  title: "Unpacking an image",
  about: `The image has four layers: a small Debian, packages of languages and tools on it, an application, and changes with
whiteouts, devices, hard links, set-id files and a file with a capability. \`bench/unpack/image.ts\` makes it.
Every run goes into a new directory; deleting the old ones first would slow the file system down.

Ours and umoci verify the digests of the stored layers, and apply whiteouts and attributes; ours verifies the DiffIDs too.
The decompressor with tar does neither. \`umoci unpack\` also records what it unpacked.`,
  prepare,
};

async function prepare(folder: string): Promise<readonly Case[]> {
  const image = benchImage();
  mkdirSync(join(folder, "targets"));
  const teu = await bundle(folder);
  return [gzipCase(folder, teu, image), zstdCase(folder, teu, image)];
}

async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, "teu.mjs");
  await build({
    entryPoints: [join(projectRoot, "bench/unpack/teu.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    conditions: ["@teu/source"],
    logLevel: "silent",
  });
  return outfile;
}

function gzipCase(folder: string, teu: string, image: BenchImage): Case {
  const bars: Bar[] = [
    { peer: "umoci raw unpack", metric: "wall", atMost: 0.45 },
    { peer: "umoci raw unpack", metric: "cpu", atMost: 0.45 },
    { peer: "umoci unpack", metric: "wall", atMost: 0.3 },
    { peer: "umoci unpack", metric: "cpu", atMost: 0.3 },
    { peer: "pigz and tar", metric: "wall", atMost: 1.2 },
  ];
  return {
    name: "gzip",
    rounds: ROUNDS,
    bars,
    contenders: [
      ours(folder, teu, image.gzip),
      into(folder, "umoci raw unpack", "umoci", `umoci raw unpack --image ${image.gzip}:v1 "$target"`),
      into(folder, "umoci unpack", "umoci", `umoci unpack --image ${image.gzip}:v1 "$target"`),
      piped(folder, "pigz and tar", "pigz", image.gzipLayers),
    ],
  };
}

function zstdCase(folder: string, teu: string, image: BenchImage): Case {
  return {
    name: "zstd",
    rounds: ROUNDS,
    bars: [{ peer: "zstd and tar", metric: "wall", atMost: 1.5 }],
    contenders: [ours(folder, teu, image.zstd), piped(folder, "zstd and tar", "zstd", image.zstdLayers)],
  };
}

function ours(folder: string, teu: string, layout: string): Contender {
  const helper = join(projectRoot, "packages/layer/dist/teu-layer");
  const script = `exec ${process.execPath} ${teu} ${layout} "$target" ${helper}`;
  return { ...into(folder, "teu", "", script), version: "this tree" };
}

function piped(folder: string, name: string, decompressor: string, layers: readonly string[]): Contender {
  const commands = layers.map((layer) => `${decompressor} -dc ${layer} | tar -x -C "$target"`);
  return into(folder, name, decompressor, ['mkdir "$target"', ...commands].join(" && "));
}

/** A command that finds the path of a directory that is not there yet in `$target`. */
// oxlint-disable-next-line eslint/max-params -- a row of a table
function into(folder: string, name: string, program: string, script: string): Contender {
  if (program !== "" && programPath(program) === undefined) throw new Error(`The benchmark needs ${program} on PATH`);
  const file = join(folder, `${name.replaceAll(" ", "-")}-${Math.abs(hash(script))}.sh`);
  writeFileSync(file, `set -e\ntarget=$(mktemp -d ${folder}/targets/XXXXXXXX)/root\n${script}\n`);
  return { name, version: program === "" ? "" : versionOf(program), command: ["sh", file] };
}

function hash(text: string): number {
  return Buffer.from(text).reduce((sum, byte) => (sum * 31 + byte) | 0, 7);
}

function versionOf(program: string): string {
  return execFileSync("sh", ["-c", `${program} --version 2>&1`], { encoding: "utf8" }).split("\n")[0] ?? program;
}
