/**
 * `teu audit`.
 * @module
 */
import { resolve } from "node:path";
import type { Image } from "@teu/content/mutate/image";
import { stringifyJson } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import type { AuditReport, Finding, Vulnerability } from "@teu/trust/audit/types";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openOneImage } from "../image/image-argument.ts";
import { printTable } from "../image/output.ts";
import { readText, usage } from "../trust/key-file.ts";
import { collectImage } from "./collect.ts";

const FORMATS = ["json", "spdx", "cyclonedx", "sarif"] as const;
const LEVELS = ["note", "warning", "error"] as const;

/** Runs the command. */
export const audit: Action = async (invocation, host) => {
  const format = oneOf(invocation, "format", FORMATS);
  const level = oneOf(invocation, "fail", LEVELS) ?? "error";
  await using opened = await openOneImage(invocation.operands[0] ?? "", invocation, host);
  const report = await reportOn(
    opened.image,
    { title: opened.name, digest: opened.descriptor.digest },
    { invocation, host },
  );
  if (format === undefined) showReport(report, host);
  else host.out(`${stringifyJson(await written(report, format), 2)}\n`);
  const counts = report.findings.some((finding) => LEVELS.indexOf(finding.level) >= LEVELS.indexOf(level));
  return counts || report.vulnerabilities.some(({ waived }) => waived === undefined) ? EXIT.failed : EXIT.ok;
};

function oneOf<T extends string>(invocation: Invocation, name: string, values: readonly T[]): T | undefined {
  const text = invocation.option(name);
  const found = values.find((value) => value === text);
  if (text !== undefined && found === undefined)
    throw usage(`Reading option --${name} "${text}": expected ${values.join(", ")}`);
  return found;
}

interface Named {
  readonly title: string;
  readonly digest: string;
}

interface Asked {
  readonly invocation: Invocation;
  readonly host: Host;
}

interface ConfigFacts {
  readonly config?: { readonly User?: string };
  readonly history?: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[];
}

async function reportOn(image: Image, { title, digest }: Named, { invocation, host }: Asked): Promise<AuditReport> {
  const { packages, findings, system } = await collectImage(image, host.signal);
  const { config, history = [] } = image.config as ConfigFacts;
  const user = config?.User ?? "";
  const makers = history.filter((entry) => entry.empty_layer !== true).map((entry) => entry.created_by);
  const layers = image.layers.map(({ descriptor }, at) => {
    const createdBy = makers[at];
    return { digest: descriptor.digest, ...(createdBy === undefined ? {} : { createdBy }) };
  });
  const folder = invocation.option("osv");
  const known =
    folder === undefined
      ? []
      : await (await import("@teu/trust/audit/osv")).matchOsv(resolve(host.cwd, folder), packages, system);
  const { applyVex, readVex } = await import("@teu/trust/audit/vex");
  const statements = [];
  for (const file of invocation.options("vex")) statements.push(...readVex(await readText(file, host), file));
  return {
    image: title,
    digest,
    system,
    user,
    layers,
    packages,
    findings: [...userFinding(user), ...findings],
    vulnerabilities: applyVex(known, statements, { system, digest }),
  };
}

function userFinding(user: string): readonly Finding[] {
  if (!/^(?:|root|0)(?::|$)/.test(user)) return [];
  return [{ rule: "root-user", level: "warning", message: "the image names no user other than root" }];
}

async function written(report: AuditReport, format: (typeof FORMATS)[number]): Promise<object> {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  if (format === "json") return report;
  if (format === "sarif") return (await import("@teu/trust/audit/sarif")).toSarif(report);
  const { toCycloneDx, toSpdx } = await import("@teu/trust/audit/sbom");
  return format === "spdx" ? toSpdx(report, now) : toCycloneDx(report, now);
}

function showReport(report: AuditReport, host: Host): void {
  const { image, digest, system, packages, layers, findings, vulnerabilities } = report;
  const kinds = [...Map.groupBy(packages, ({ kind }) => kind)].map(([kind, group]) => `${group.length} ${kind}`);
  host.out(`${printable(image)}  ${digest}\n`);
  host.out(`  system: ${printable(system?.name ?? "none that says its name")}\n`);
  host.out(`  packages: ${kinds.join(", ") || "none"}, in ${layers.length} layers\n`);
  for (const { level, message } of findings) host.out(`  ${level}: ${printable(message)}\n`);
  if (vulnerabilities.length > 0) showVulnerabilities(vulnerabilities, host);
}

function showVulnerabilities(vulnerabilities: readonly Vulnerability[], host: Host): void {
  const rows = vulnerabilities.map(({ id, package: about, fixed = "", waived = "" }) => [
    id,
    about.name,
    about.version,
    fixed,
    String(about.layer),
    waived,
  ]);
  printTable(host, ["VULNERABILITY", "PACKAGE", "VERSION", "FIXED IN", "LAYER", "WAIVED"], rows);
}
