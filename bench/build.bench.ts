/** Building the image of an application, beside buildah and, where a daemon is named, BuildKit. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { programPath } from "@teu/testing/skip";
import { projectRoot } from "../tools/project.ts";
import type { Bar, Bench, Case, Contender } from "./bench.ts";
import { type Docker, findDocker } from "./docker-daemon.ts";
import { packedTeu } from "./packed-teu.ts";

const SIZES = [20, 1000, 50_000];
const FILES_PER_FOLDER = 100;
const ROUNDS = 3;
const MAX_PEAK_MB = 150;

export const bench: Bench = {
  name: "build",
  title: "Building the image of an application",
  about: `An application of 20, 1,000 and 50,000 files without packages, on a base of nothing. Peers run
\`FROM scratch\` and \`COPY . /app\`, with their caches; none compresses layers. "Again" is a build in which nothing has changed,
"edited" one in which one file has. BuildKit is the one behind the daemon that DOCKER_HOST names, or of a dockerd
that is started for the measurement: what tools/peers/docker.sh has unpacked, or this machine's. Its CPU time and memory are
those of its client alone. Ours is the command as it is published, and starting Node is part of its figures.`,
  prepare: async (folder) => {
    const docker = await findDocker();
    const words = [await packedTeu(folder)] as const;
    makeScratch(folder);
    return SIZES.flatMap((size) => cases({ folder, words, docker }, size));
  },
};

interface Surroundings {
  readonly folder: string;
  /** What runs ours. */
  readonly words: Contender["command"];
  readonly docker: Docker | undefined;
}

function cases({ folder, words, docker }: Surroundings, size: number): readonly Case[] {
  const app = join(folder, `app-${size}`);
  makeApplication(app, size, `oci:${folder}/scratch:v1`);
  let edits = 0;
  const edit = (): void => writeFileSync(join(app, "f0/edited.txt"), `${(edits += 1)}\n`);
  edit();
  const known = peers(app, size, docker);
  const contenders = (before?: () => void): readonly [Contender, ...Contender[]] => {
    const extra = before === undefined ? {} : { before };
    return [{ ...ours(folder, words, app), ...extra }, ...known.map((peer) => ({ ...peer, ...extra }))];
  };
  const bars = (atMost: number): Bar[] => known.map(({ name: peer }) => ({ peer, metric: "wall", atMost }));
  const common = { rounds: ROUNDS, maxPeakMB: MAX_PEAK_MB };
  return [
    { name: `${size} files, again`, ...common, bars: bars(0.5), contenders: contenders() },
    { name: `${size} files, edited`, ...common, bars: bars(size === 50_000 ? 0.3 : 0.5), contenders: contenders(edit) },
  ];
}

function makeApplication(app: string, size: number, base: string): void {
  for (let at = 0; at < size; at += 1) {
    const folder = join(app, `f${Math.floor(at / FILES_PER_FOLDER)}`);
    if (at % FILES_PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${at}.txt`), `file ${at}\n`.repeat(1 + ((at * 37) % 300)));
  }
  writeFileSync(join(app, "Procfile"), "web: /app/serve\n");
  writeFileSync(join(app, "Dockerfile"), "FROM scratch\nCOPY . /app\n");
  // The base of nothing, which a Procfile has to name.
  writeFileSync(join(app, "teu.build.json"), JSON.stringify({ base }));
}

function ours(folder: string, words: Contender["command"], app: string): Contender {
  return {
    name: "teu",
    version: "teu of this tree",
    command: [
      ...words,
      "build",
      app,
      "-q",
      "--compression",
      "none",
      "--no-attestations",
      "-o",
      `oci:${folder}/out:${basename(app)}`,
    ],
    env: { TEU_ROOT: join(folder, "teu-root") },
  };
}

/** An image without layers, written by hand. */
function makeScratch(folder: string): void {
  const script = `
    import { openLayout } from "@teu/content/layout-store";
    import { copy } from "@teu/content/copy";
    import { imageGraph } from "@teu/content/mutate/image";
    import { emptyImage } from "@teu/build/assemble/assemble-image";
    const { root, store } = imageGraph(await emptyImage({ os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch }));
    await copy(store, await openLayout(process.argv[1], { create: true }), root, { tags: ["v1"] });`;
  const args = ["--conditions=@teu/source", "--input-type=module", "-e", script, join(folder, "scratch")];
  execFileSync(process.execPath, args, { cwd: projectRoot });
}

function peers(app: string, size: number, docker: Docker | undefined): readonly Contender[] {
  const found: Contender[] = [];
  if (programPath("buildah") !== undefined) {
    found.push({
      name: "buildah",
      version: execFileSync("buildah", ["--version"], { encoding: "utf8" }).trim(),
      command: ["buildah", "build", "--layers", "-q", "-t", `teu-bench-${size}`, app],
    });
  }
  if (docker !== undefined) {
    const env = { ...docker.env, DOCKER_BUILDKIT: "1" };
    const command: Contender["command"] = [docker.program, "build", "-q", "-t", `teu-bench-${size}`, app];
    const [program, ...words] = command;
    const { status, stderr } = spawnSync(program, words, { encoding: "utf8", env: { ...process.env, ...env } });
    if (status === 0) found.push({ name: "BuildKit", version: docker.version, command, env });
    // Newer clients need the plug-in buildx, which packages may lack.
    else console.error(`bench: without BuildKit, sh tools/peers/docker.sh brings it: ${stderr.trim()}`);
  }
  return found;
}
