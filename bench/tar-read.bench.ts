/** Reading tar archives, beside the npm packages that do and the programs. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "@teu/testing/skip";
import { build } from "esbuild";
import { projectRoot } from "../tools/project.ts";
import type { Bench, Case, Contender } from "./bench.ts";
import { generateArchive } from "./tar-read/generate.ts";

const PEERS = ["tar-stream", "tar", "modern-tar"] as const;
const FOLDER = join(projectRoot, "bench");
const MI_B = 1024 * 1024;

export const bench: Bench = {
  name: "tar-read",
  title: "Reading tar archives",
  about: `The archive has 80,000 directories, files and symlinks in 1 GB, as a system with a language and its packages has
them: half of the files are below 4 KiB, one entry in eight has a PAX header. It is in the page cache.

\`list\` prints every name to a pipe that is read. GNU tar, bsdtar and ours pass over large contents by seeking; the npm packages offer no such thing.
\`read\` takes every byte of every content, and prints how many entries and bytes there were. Ours is measured in both of its ways: the parser that the
caller drives, and the async iterable on top of it. The drivers in \`bench/tar-read/\` are bundled to one file each.
Start-up of Node is part of all figures of npm packages and of ours; a row has it alone.`,
  prepare,
};

async function prepare(folder: string): Promise<readonly Case[]> {
  installPeers();
  const archive = join(folder, "archive.tar");
  const { entries, bytes } = generateArchive(archive);
  const scripts = await bundle(folder);
  const work = [
    { amount: entries, unit: "entries" },
    { amount: Math.round(bytes / MI_B), unit: "MiB" },
  ];
  const shared = { scripts, archive, work };
  return [makeCase("list", shared), makeCase("read", shared)];
}

/** The peers are installed for benchmarks only. */
function installPeers(): void {
  if (PEERS.every((name) => existsSync(join(FOLDER, "node_modules", name)))) return;
  execFileSync("npm", ["ci", "--prefix", FOLDER, "--no-audit", "--no-fund"], { stdio: "inherit" });
}

/** One file a driver, so that finding modules is no part of the measurement. */
async function bundle(folder: string): Promise<string> {
  const entryPoints = ["teu.ts", ...PEERS.map((name) => `${name}.mjs`)].map((file) => join(FOLDER, "tar-read", file));
  await build({
    entryPoints,
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    // Node starts such a file some milliseconds sooner than an ECMAScript module.
    format: "cjs",
    target: "node24",
    conditions: ["@teu/source"],
    logLevel: "error",
  });
  return folder;
}

interface Shared {
  readonly scripts: string;
  readonly archive: string;
  readonly work: NonNullable<Case["work"]>;
}

function makeCase(work: "list" | "read", shared: Shared): Case {
  const ours = (way: string): Contender => ({
    name: `teu ${way}`,
    version: manifestVersion(join(projectRoot, "packages/tar")),
    command: [process.execPath, join(shared.scripts, "teu.cjs"), shared.archive, work, way],
  });
  const peers = PEERS.map((name): Contender => ({
    name: `npm ${name}`,
    version: manifestVersion(join(FOLDER, "node_modules", name)),
    command: [process.execPath, join(shared.scripts, `${name}.cjs`), shared.archive, work],
  }));
  const start: Contender = { name: "node -e 0", version: process.version, command: [process.execPath, "-e", "0"] };
  const programs = work === "list" ? listers(shared.archive) : [];
  return {
    name: work,
    contenders: [ours("parser"), ours("iterable"), ...peers, ...programs, start],
    work: shared.work,
    sameOutput: [...programs.map(({ name }) => name), ours("iterable").name],
    bars: [
      ...peers.map(({ name }) => ({ peer: name, metric: "wall" as const, atMost: 1 / 3 })),
      ...(work === "list" ? [{ peer: "GNU tar", metric: "wall" as const, atMost: 1 / 0.7 }] : []),
    ],
  };
}

function listers(archive: string): Contender[] {
  const programs: Contender[] = [
    { name: "GNU tar", version: versionOf("tar"), command: ["tar", "-tf", archive] },
    { name: "bsdtar", version: versionOf("bsdtar"), command: ["bsdtar", "-tf", archive] },
  ];
  return programs.filter(({ command: [program] }) => programPath(program) !== undefined);
}

function versionOf(program: string): string {
  if (programPath(program) === undefined) return "";
  return execFileSync(program, ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "";
}

function manifestVersion(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly version: string }).version;
}
