/** Containers started, beside runc and crun. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "@teu/testing/skip";
import { configFor, makeRoot } from "../test/runtime/bundle.ts";
import { BUILDS } from "../test/runtime/program.ts";
import type { Bar, Bench, Case, Contender } from "./bench.ts";

/** A runtime and the words before its own. */
interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly words: readonly [string, ...string[]];
}

/** `TEU_BENCH_RUNTIMES=NAME=PATH,…` names further peers, or newer ones in place of `crun` and `runc`. */
const MORE = (process.env["TEU_BENCH_RUNTIMES"] ?? "").split(",").filter((item) => item !== "");

// crun refuses a host that mixes versions 1 and 2 of cgroups: all run in a mount namespace with version 1 alone.
const V1_ALONE = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';

export const bench: Bench = {
  name: "runtime",
  title: "Running containers",
  about:
    "A bundle much as `runc spec` makes it, with busybox as its root, that runs `true`. " +
    "All but `run, alone` run in a mount namespace of their own, in which cgroups have version 1 alone where the host " +
    "mixes both, because crun refuses that. The cost of `unshare` and a shell is in their figures, once for all " +
    "commands of a batch, and so is the memory of the shell.",
  prepare: async (folder) => {
    makeRoot(join(folder, "rootfs"));
    writeFileSync(join(folder, "config.json"), JSON.stringify(configFor(["true"], { ociVersion: "1.0.2" })));
    const runtimes = findRuntimes();
    const cases = scripts(folder).map((one) => caseOf(one, runtimes));
    return await Promise.resolve([aloneCase(folder, runtimes), ...cases]);
  },
};

interface Script {
  readonly name: string;
  /** Shell; `$R` is the runtime with its options. */
  readonly text: string;
  readonly amount: number;
  readonly bars: readonly Bar[];
}

function scripts(folder: string): Script[] {
  const repeat = (count: number, body: string): string =>
    `i=0; while [ $i -lt ${count} ]; do i=$((i + 1)); ${body}; done`;
  const run = `$R run -b ${folder} bench-$$-$i </dev/null`;
  const cycle = [
    `$R create -b ${folder} bench-$$-$i </dev/null >/dev/null 2>&1`,
    "$R start bench-$$-$i",
    "$R delete -f bench-$$-$i",
  ].join(" && ");
  const state = [
    `$R create -b ${folder} bench-$$ </dev/null >/dev/null 2>&1`,
    repeat(100, "$R state bench-$$ >/dev/null"),
    "$R delete -f bench-$$",
  ].join("; ");
  return [
    { name: "run, 20 in a batch", text: repeat(20, run), amount: 20, bars: barsOf(0.75, 0.3) },
    { name: "run, 100 in a batch", text: repeat(100, run), amount: 100, bars: barsOf(0.75, 0.3) },
    { name: "run, 10 at once", text: `${repeat(10, `${run} &`).replace("&;", "&")}; wait`, amount: 10, bars: [] },
    { name: "create, start and delete, 20 in a batch", text: repeat(20, cycle), amount: 20, bars: wall("crun", 0.6) },
    { name: "state, 100 in a batch", text: state, amount: 100, bars: wall("crun", 0.3) },
    { name: "--version, 100 in a batch", text: repeat(100, "$R --version >/dev/null"), amount: 100, bars: [] },
  ];
}

function barsOf(ofCrun: number, ofRunc: number): Bar[] {
  return [
    { peer: "crun", metric: "cpu", atMost: ofCrun },
    { peer: "crun", metric: "wall", atMost: 1 },
    { peer: "runc", metric: "cpu", atMost: ofRunc },
  ];
}

function wall(peer: string, atMost: number): Bar[] {
  return [{ peer, metric: "wall", atMost }];
}

function caseOf({ name, text, amount, bars }: Script, runtimes: readonly Runtime[]): Case {
  const contenders = runtimes.map((one): Contender => {
    const script = `R="${one.words.join(" ")}"; ${text}`;
    const command: Contender["command"] = ["unshare", "-m", "sh", "-c", V1_ALONE, "sh", "sh", "-c", script];
    return { name: one.name, version: one.version, command };
  });
  return { ...contest(name, contenders, bars), work: [{ amount, unit: "commands" }] };
}

// Without a shell or a namespace, which would take more memory than ours. Where crun refuses the host, without crun.
function aloneCase(folder: string, runtimes: readonly Runtime[]): Case {
  const contenders = runtimes.map(({ name, version, words }): Contender => {
    return { name, version, command: [...words, "run", "-b", folder, `bench-${process.pid}`] };
  });
  const working = contenders.filter(({ command: [program, ...args] }) => spawnSync(program, args).status === 0);
  const bars: Bar[] = ["crun", "runc"].map((peer) => ({ peer, metric: "memory", atMost: 0.6 }));
  return contest("run, alone", working, bars);
}

function contest(name: string, contenders: readonly Contender[], bars: readonly Bar[]): Case {
  const [ours, ...peers] = contenders;
  if (ours === undefined) throw new Error("There is no runtime to measure");
  const known = bars.filter(({ peer }) => peers.some((contender) => contender.name === peer));
  return { name, contenders: [ours, ...peers], bars: known };
}

function findRuntimes(): Runtime[] {
  const [release = "", reference = ""] = BUILDS;
  const more = MORE.map((item): [string, string | undefined] => {
    const [name = "", path] = item.split("=");
    return [name, path];
  });
  // A peer that is named takes the place of the machine's.
  const paths = new Map<string, string | undefined>([
    ["crun", programPath("crun")],
    ["runc", programPath("runc")],
    ...more,
  ]);
  const peers = [...paths].flatMap(([name, path]) => (path === undefined ? [] : [runtime(name, path)]));
  return [runtime("teu-runtime", release), runtime("teu-runtime-quickjs", reference), ...peers];
}

function runtime(name: string, path: string): Runtime {
  const root = `/run/teu-bench-${name}`;
  mkdirSync(root, { recursive: true });
  const [version = ""] = execFileSync(path, ["--version"], { encoding: "utf8" }).split("\n");
  return { name, version, words: [path, "--root", root] };
}
