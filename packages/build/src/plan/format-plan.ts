/**
 * A plan for people.
 * @module
 */
import type { BasePlan, LayerPlan, Plan } from "./plan.ts";

/** Writes a plan as lines of text. */
export function formatPlan(plan: Plan): string {
  const { config, dependencies } = plan;
  const rows: (readonly [string, string])[] = [
    ["kind", plan.name === "" ? plan.kind : `${plan.kind}, ${plan.name}`],
    ["base", formatBase(plan.base)],
    ["build", plan.entry === undefined ? plan.build : `${plan.build} of ${plan.entry}`],
    ...plan.steps.map(
      ({ name, run, folder }) =>
        ["runs here", `${run.join(" ")}${folder === "." ? "" : ` in ${folder}`}  (${name})`] as const,
    ),
    ...(dependencies === undefined ? [] : [["locked by", dependencies.file] as const]),
    ...plan.layers.map((layer) => ["layer", formatLayer(layer)] as const),
    ...(config.entrypoint.length === 0 ? [] : [["entrypoint", words(config.entrypoint)] as const]),
    ...(config.cmd.length === 0 ? [] : [["command", words(config.cmd)] as const]),
    ["in", config.workdir],
    ["user", config.user],
    ...Object.entries(config.env).map(([name, value]) => ["env", `${name}=${value}`] as const),
    ...config.ports.map((port) => ["port", port] as const),
    ...Object.entries(config.labels).map(([name, value]) => ["label", `${name}=${value}`] as const),
    ["stops by", config.stopSignal],
    ...plan.notes.map((note) => ["note", note] as const),
  ];
  return rows.map(([name, value]) => `${name.padEnd(11)}${value}\n`).join("");
}

function formatBase(base: BasePlan): string {
  switch (base.kind) {
    case "node":
      return `Node.js ${base.major}`;
    case "python":
      return base.version === undefined ? "Python" : `Python ${base.version}`;
    case "scratch":
      return "nothing";
    default:
      return base.reference ?? "has to be named";
  }
}

function formatLayer(layer: LayerPlan): string {
  switch (layer.from) {
    case "dependencies":
      return `dependencies to ${layer.to}, several layers`;
    case "application":
      return `files of ${layer.folder} to ${layer.to}${layer.ignore.length === 0 ? "" : `, ignoring ${layer.ignore.join(" ")}`}`;
    case "file":
      return `${layer.file} to ${layer.to}`;
    default:
      return `server of static files to ${layer.to}`;
  }
}

function words(list: readonly string[]): string {
  return list.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}
