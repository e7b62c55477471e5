/** Containers from a local image to their end, beside podman and docker. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "@teu/testing/skip";
import { writeImage } from "../test/engines/image.ts";
import type { Bar, Bench, Case, Contender } from "./bench.ts";
import { findDocker } from "./docker-daemon.ts";
import { packedTeu } from "./packed-teu.ts";

const IMAGE = "teu-busybox:test";
const WORDS = ["run", "--rm", "--network", "none"];

/** An engine: the words before its own, and its environment. */
interface Engine {
  readonly name: string;
  readonly version: string;
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Words behind `run`. */
  readonly options: readonly string[];
}

export const bench: Bench = {
  name: "run",
  title: "Running containers from images",
  about: `An image of one layer with busybox, in each engine's own store. \`run --rm --network none IMAGE true\`, with runc
below podman and docker. Ours is the command as it is published, and starting Node is part of its figures. Docker's work is done by its daemon: its CPU time and memory are those of its client alone, and
no bar is set by them. The daemon is that of DOCKER_HOST, or one that is started for the measurement: what
tools/peers/docker.sh has unpacked, or this machine's.`,
  prepare: async (folder) => {
    const archive = join(folder, "image.tar");
    await writeImage(archive);
    const engines = [await teu(folder), ...podman(), ...(await docker())];
    load(engines, archive);
    return [
      caseOf("run true", engines, 1),
      caseOf("run true, 10 in a batch", engines, 10, (run) => `for i in 1 2 3 4 5 6 7 8 9 10; do ${run}; done`),
      caseOf("run true, 10 at once", engines, 10, (run) => `for i in 1 2 3 4 5 6 7 8 9 10; do ${run} & done; wait`),
      caseOf("run true, 50 at once", engines, 50, (run) => `for i in $(seq 50); do ${run} & done; wait`),
    ];
  },
};

function caseOf(name: string, engines: readonly Engine[], amount: number, script?: (run: string) => string): Case {
  const [ours, ...others] = engines.map((engine) => contender(engine, script));
  if (ours === undefined) throw new Error("There is no engine to measure");
  const wanted: readonly Bar[] = [
    { peer: "podman", metric: "wall", atMost: 0.4 },
    { peer: "docker", metric: "wall", atMost: 0.5 },
  ];
  const bars = amount === 1 ? wanted.filter(({ peer }) => others.some((other) => other.name === peer)) : [];
  return { name, contenders: [ours, ...others], bars, work: [{ amount, unit: "containers" }] };
}

function contender({ name, version, words, env, options }: Engine, script?: (run: string) => string): Contender {
  const command: Contender["command"] = [...words, ...WORDS, ...options, IMAGE, "true"];
  if (script === undefined) return { name, version, command, env };
  return { name, version, command: ["sh", "-c", script(command.join(" "))], env };
}

async function teu(folder: string): Promise<Engine> {
  const env = { TEU_ROOT: join(folder, "teu-root") };
  const words = [await packedTeu(folder)] as const;
  return { name: "teu", version: "teu of this tree", words, env, options: [] };
}

function podman(): Engine[] {
  const runc = programPath("runc");
  if (programPath("podman") === undefined || runc === undefined) return [];
  const folder = mkdtempSync(join(tmpdir(), "teu-bench-podman-"));
  // It leaves a mount over its own store.
  process.once("exit", () => spawnSync("sh", ["-c", 'umount -l "$1/root/overlay"; rm -rf "$1"', "sh", folder]));
  const words = ["podman", "--root", join(folder, "root"), "--runroot", join(folder, "run")] as const;
  const version = execFileSync("podman", ["--version"], { encoding: "utf8" }).trim();
  return [
    {
      name: "podman",
      version,
      words: [...words, "--runtime", runc],
      env: {},
      options: ["--pull", "never", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
    },
  ];
}

async function docker(): Promise<Engine[]> {
  const found = await findDocker();
  if (found === undefined) return [];
  const { program, version, env } = found;
  return [{ name: "docker", version, words: [program], env, options: [] }];
}

function load(engines: readonly Engine[], archive: string): void {
  for (const { name, words, env } of engines) {
    const [program, ...args] = words;
    const place =
      name === "teu" ? ["pull", "--quiet", `docker-archive:${archive}`, `store:${IMAGE}`] : ["load", "-i", archive];
    execFileSync(program, [...args, ...place], { env: { ...process.env, ...env }, stdio: "ignore" });
  }
}
