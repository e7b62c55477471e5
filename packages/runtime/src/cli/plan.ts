/**
 * `plan`: the steps that a configuration leads to on this host, in order, without running them.
 * @module
 */
import { realPath } from "@teu/kernel/files";
import { type Json, parseJson } from "@teu/std/json";
import { type Config, readBundleConfig, readConfig } from "../config/config.ts";
import { readIntelRdt } from "../config/intel-rdt.ts";
import { type CgroupMode, planCgroups, usedHierarchies } from "../container/cgroups.ts";
import { planIntelRdt } from "../container/intel-rdt.ts";
import { planNetDevices } from "../network/devices.ts";
import { quoted } from "../json-writer.ts";
import { planContainer } from "../plan.ts";
import { type ProcessStep, planProcess } from "../process/steps.ts";
import type { Step } from "../steps.ts";
import { Args, UsageError } from "./args.ts";
import type { Session } from "./session.ts";

/** One printed step: who runs it, and the step itself as JSON. */
interface Line {
  readonly by: string;
  readonly json: string;
}

/** Prints the plan of a bundle. */
export function planCommand(session: Session, words: readonly string[]): number {
  const args = new Args(words, { flags: [], values: ["bundle", "format"], short: ["b=bundle", "f=format"] });
  const [id = "container"] = args.operands("plan", 0, 1);
  const bundle = realPath(args.value("bundle", "."));
  const config = readConfig(readBundleConfig(bundle), bundle);
  const lines = planLines(config, id, session.cgroups);
  const format = args.value("format", "text");
  if (format === "json")
    session.print(`[\n${lines.map(({ by, json }) => `{"by":${quoted(by)},${json.slice(1)}`).join(",\n")}\n]\n`);
  else if (format === "text") session.print(toText(lines));
  else throw new UsageError(`invalid format option ${JSON.stringify(format)}: expected text or json`);
  return 0;
}

function planLines(config: Config, id: string, cgroups: CgroupMode): Line[] {
  const hierarchies = usedHierarchies(cgroups);
  const plan = planContainer(config, { hierarchies, cgroups, noPivot: false });
  const lines: Line[] = [];
  const add = (by: string, json: string): void => {
    lines.push({ by, json });
  };
  for (const folder of planCgroups(cgroups, config, id, hierarchies).folders.values())
    add("runtime", JSON.stringify({ on: "cgroup", op: "make", field: "linux.cgroupsPath", folder }));
  for (const step of plan.before) add("runtime", stepJson(step));
  for (const { type, path, field } of config.namespaces)
    add("runtime", JSON.stringify({ on: "namespace", op: path === "" ? "new" : "join", field, type, path }));
  addFound(add, config, id);
  for (const step of plan.rooting) add("create", stepJson(step));
  for (const step of plan.inside) add("create", stepJson(step));
  for (const step of plan.entered) add("create", stepJson(step));
  if (config.process.args.length === 0) return lines;
  for (const step of planProcess({ process: config.process, config })) add("start", processJson(step));
  return lines;
}

// What is given to the first process when it is there.
function addFound(add: (by: string, json: string) => void, config: Config, id: string): void {
  const rdt = readIntelRdt(config.linux.get("intelRdt"));
  if (rdt !== undefined) {
    const { group, monitor, made } = planIntelRdt(rdt, id);
    const op = made.includes(group) ? "make" : "join";
    add("runtime", JSON.stringify({ on: "intel-rdt", op, field: rdt.field, group, monitor, schemata: rdt.schemata }));
  }
  for (const { name, newName, field } of planNetDevices(config))
    add("runtime", JSON.stringify({ on: "net-device", op: "move", field, name, newName }));
}

function stepJson(step: Step): string {
  return JSON.stringify(step);
}

function processJson(step: ProcessStep): string {
  return JSON.stringify(step);
}

// One line a step: who, on what, what, why, and then the rest of its fields that say something.
function toText(lines: readonly Line[]): string {
  return lines
    .map(({ by, json }) => {
      const step = parseJson(json);
      const rest = step.names().filter((name) => !HEAD.includes(name));
      const parts = rest.map((name) => part(name, step.get(name))).filter((text) => text !== "");
      const op = step.get("op").absent ? "" : `.${step.get("op").string()}`;
      const verb = `${step.get("on").string()}${op}`;
      return `${by.padEnd(8)} ${verb.padEnd(24)} ${[...parts, `# ${step.get("field").string()}`].join(" ")}\n`;
    })
    .join("");
}

const HEAD: readonly string[] = ["on", "op", "field"];

function part(name: string, json: Json): string {
  if (json.kind === "array") {
    const items = json.items.map((item) => item.text).join(",");
    return items === "" ? "" : `${name}=${items}`;
  }
  const silent = json.text === "" || json.text === "false" || json.text === "0";
  return silent ? "" : `${name}=${/[\s"=]/.test(json.text) ? JSON.stringify(json.text) : json.text}`;
}
