/**
 * `update`: other limits for a container that runs.
 * @module
 */
import { STDIN, readText } from "@teu/kernel/descriptors";
import { readFile } from "@teu/kernel/files";
import { parseJson } from "@teu/std/json";
import { isUnified, readHierarchies } from "../cgroup/hierarchies.ts";
import { checkUsage } from "../cgroup/v2.ts";
import { type IntelRdtConfig, readIntelRdt } from "../config/intel-rdt.ts";
import { readResources } from "../config/resources.ts";
import { enterIntelRdt, planIntelRdt, writeSchemata } from "../container/intel-rdt.ts";
import { type State, loadState, saveState, stateFolder } from "../container/state.ts";
import { statusOf } from "../container/status.ts";
import { Failure, asFailure } from "../failure.ts";
import { JsonFields } from "../json-writer.ts";
import { planLimits } from "../plan.ts";
import { runSteps } from "../run-steps.ts";
import { Scene } from "../scene.ts";
import { changeUnit } from "../systemd/container.ts";
import { Args, type OptionNames, UsageError } from "./args.ts";
import type { Session } from "./session.ts";

/** An option and the field of `linux.resources` that it is. */
interface LimitOption {
  readonly option: string;
  readonly group: "memory" | "cpu" | "pids" | "blockIO";
  readonly field: string;
  readonly isText: boolean;
}

const LIMITS: readonly LimitOption[] = [
  limit("blkio-weight", "blockIO", "weight"),
  limit("cpu-period", "cpu", "period"),
  limit("cpu-quota", "cpu", "quota"),
  limit("cpu-burst", "cpu", "burst"),
  limit("cpu-share", "cpu", "shares"),
  limit("cpu-rt-period", "cpu", "realtimePeriod"),
  limit("cpu-rt-runtime", "cpu", "realtimeRuntime"),
  limit("cpu-idle", "cpu", "idle"),
  { option: "cpuset-cpus", group: "cpu", field: "cpus", isText: true },
  { option: "cpuset-mems", group: "cpu", field: "mems", isText: true },
  limit("memory", "memory", "limit"),
  limit("memory-reservation", "memory", "reservation"),
  limit("memory-swap", "memory", "swap"),
  limit("pids-limit", "pids", "limit"),
];

function limit(option: string, group: LimitOption["group"], field: string): LimitOption {
  return { option, group, field, isText: false };
}

const UPDATE_OPTIONS: OptionNames = {
  flags: [],
  values: ["resources", "l3-cache-schema", "mem-bw-schema", "kernel-memory", "kernel-memory-tcp"].concat(
    LIMITS.map(({ option }) => option),
  ),
  short: ["r=resources"],
};

/** Changes the limits of a container. @throws Failure */
export function updateCommand(session: Session, words: readonly string[]): number {
  const args = new Args(optionsFirst(words), UPDATE_OPTIONS);
  const id = args.operands("update", 1, 1)[0] ?? "";
  const state = loadState(session.root, id);
  if (statusOf(stateFolder(session.root, id), state) === "stopped") throw new Failure("container not running");
  const source = args.value("resources", "");
  const text =
    source === "" ? fromOptions(args) : source === "-" ? readText(STDIN, "standard input") : readFile(source);
  const scene = new Scene(state.bundle);
  scene.cgroups = state.cgroups;
  const hierarchies = readHierarchies();
  try {
    const resources = readResources(parseJson(text));
    const schemata = readIntelRdt(parseJson(schemataOf(args)));
    if (isUnified(hierarchies)) checkUsage(resources.memory, state.cgroups);
    if (state.unit !== "") changeUnit(state.unit, resources, hierarchies);
    runSteps(planLimits(resources, hierarchies), scene);
    if (schemata !== undefined && schemata.schemata.length > 0) changeSchemata(session.root, state, schemata);
  } catch (error) {
    throw asFailure(error);
  }
  return 0;
}

/** The options of resctrl as a document; `null` where there are none. */
function schemataOf(args: Args): string {
  const fields = new JsonFields();
  const cache = "l3-cache-schema";
  const bandwidth = "mem-bw-schema";
  if (args.has(cache)) fields.text("l3CacheSchema", args.value(cache, ""));
  if (args.has(bandwidth)) fields.text("memBwSchema", args.value(bandwidth, ""));
  return args.has(cache) || args.has(bandwidth) ? fields.toText() : "null";
}

// A container that has no group yet gets one of its own.
function changeSchemata(root: string, state: State, config: IntelRdtConfig): void {
  if (state.intelRdtGroup !== "") {
    writeSchemata(config, state.intelRdtGroup);
    return;
  }
  const plan = planIntelRdt(config, state.id);
  state.intelRdt = plan.made;
  state.intelRdtGroup = plan.group;
  // Before it is made, so that it is removed whatever happens.
  saveState(stateFolder(root, state.id), state);
  enterIntelRdt(plan, state.pid);
}

// Here options may stand behind the id, too.
function optionsFirst(words: readonly string[]): readonly string[] {
  const { rest } = new Args(words, UPDATE_OPTIONS);
  return rest.length < 2 ? words : words.slice(0, words.length - rest.length).concat(rest.slice(1), rest.slice(0, 1));
}

/** The options as a document of resources. @throws UsageError */
function fromOptions(args: Args): string {
  const document = new JsonFields();
  for (const group of ["memory", "cpu", "pids", "blockIO"]) {
    const fields = new JsonFields();
    for (const option of LIMITS) if (option.group === group && args.has(option.option)) addLimit(fields, option, args);
    document.json(group, fields.toText());
  }
  return document.toText();
}

function addLimit(fields: JsonFields, { option, field, isText }: LimitOption, args: Args): void {
  const value = args.value(option, "");
  if (isText) fields.text(field, value);
  else fields.json(field, numberOf(option, value));
}

const SIZE_SUFFIXES = "kmgt";

// Memory may be given as 64m.
function numberOf(option: string, value: string): string {
  const match = /^(-?[0-9]{1,19})([kmgtKMGT]?)[bB]?$/.exec(value);
  if (match === null) throw new UsageError(`invalid value ${JSON.stringify(value)} for ${option}: expected a number`);
  const suffix = (match[2] ?? "").toLowerCase();
  const power = suffix === "" ? 0 : SIZE_SUFFIXES.indexOf(suffix) + 1;
  return String(BigInt(match[1] ?? "0") * 1024n ** BigInt(power));
}
