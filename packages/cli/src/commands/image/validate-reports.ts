/**
 * Findings of a validation in the forms that programs for tests and for code review read.
 * @module
 */
import type { Finding } from "@teu/content/validate/finding";
import type { Validated } from "@teu/content/validate/validate";
import { printable } from "@teu/std/redact";

/** A report as JUnit has it: one case for each content; what is only advised against is output of its case. */
export function junitOf(image: string, all: readonly Validated[]): string {
  const failed = all.filter(({ findings }) => findings.some(isBroken)).length;
  const cases = all.map(junitCase).join("");
  const suite = `<testsuite name=${quoted(image)} tests="${all.length}" failures="${failed}" errors="0" skipped="0">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suite}\n${cases}</testsuite>\n</testsuites>\n`;
}

function junitCase({ where, what, findings }: Validated): string {
  const head = `<testcase classname=${quoted(what)} name=${quoted(where)}`;
  if (findings.length === 0) return `  ${head}/>\n`;
  const broken = findings.filter(isBroken);
  const advised = findings.filter((finding) => !isBroken(finding));
  const [first] = broken;
  const failure =
    first === undefined
      ? ""
      : `<failure type=${quoted(first.clause ?? "content")} message=${quoted(textOf(first))}>${escaped(lines(broken))}</failure>`;
  const output = advised.length === 0 ? "" : `<system-out>${escaped(lines(advised))}</system-out>`;
  return `  ${head}>${failure}${output}</testcase>\n`;
}

function isBroken({ level }: Finding): boolean {
  return level === "MUST";
}

function lines(findings: readonly Finding[]): string {
  return findings.map((finding) => `${finding.level} ${textOf(finding)}${cited(finding)}`).join("\n");
}

function textOf({ path, message }: Finding): string {
  return printable(path === "" ? message : `${path}: ${message}`);
}

function cited({ clause, link }: Finding): string {
  return clause === undefined ? "" : ` (${clause}, ${link})`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  // Newlines are ours; other control characters, which XML cannot have, are made visible before.
  return text
    .split("\n")
    .map(printable)
    .join("\n")
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/[\uFFFE\uFFFF]|\p{Surrogate}/gu, "\uFFFD");
}

function quoted(text: string): string {
  return `"${escaped(printable(text))}"`;
}

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/**
 * A log as SARIF has it: a rule for each clause that is broken, a result for each finding.
 * @see {@link https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html}
 */
export function sarifOf(image: string, findings: readonly Finding[]): object {
  const rules = [...new Map(findings.map((finding) => [ruleOf(finding), finding])).entries()];
  const indexes = new Map(rules.map(([id], at) => [id, at]));
  const driver = {
    name: "teu image validate",
    rules: rules.map(([id, { link }]) => ({ id, ...(link === undefined ? {} : { helpUri: link }) })),
  };
  const results = findings.map((finding) => ({
    ruleId: ruleOf(finding),
    ruleIndex: indexes.get(ruleOf(finding)),
    level: isBroken(finding) ? "error" : "warning",
    message: { text: textOf(finding) },
    locations: [locationOf(image, finding)],
  }));
  return { $schema: SCHEMA, version: "2.1.0", runs: [{ tool: { driver }, results }] };
}

// What is missing or cannot be read breaks no clause of its own.
function ruleOf({ clause }: Finding): string {
  return clause ?? "image.content";
}

function locationOf(image: string, { where, path }: Finding): object {
  const fullyQualifiedName = printable(path === "" ? where : `${where}#${path}`);
  return {
    physicalLocation: { artifactLocation: { uri: encodeURI(printable(image)) } },
    logicalLocations: [{ name: printable(where), fullyQualifiedName }],
  };
}
