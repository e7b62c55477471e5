/**
 * Writes what an audit finds as SARIF 2.1.0, which code hosts show.
 * @see {@link https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html}
 * @module
 */
import type { Document } from "./sbom.ts";
import type { AuditReport, Finding, Vulnerability } from "./types.ts";

const RULES: Readonly<Record<Finding["rule"], string>> = {
  "set-id": "A program runs with the rights of its owner or group",
  "world-writable": "Anybody can write to a path",
  secret: "A secret is in a layer",
  "root-user": "The image runs as root",
  "package-database": "A database of packages cannot be read",
};

/** Makes a log of one run. */
export function toSarif({ image, digest, findings, vulnerabilities }: AuditReport): Document {
  const advisories = new Map(vulnerabilities.map(({ id, summary }) => [id, summary]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "teu",
            rules: [
              ...Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } })),
              ...[...advisories].map(([id, summary]) => ({ id, shortDescription: { text: summary || id } })),
            ],
          },
        },
        properties: { image, digest },
        results: [...findings.map(resultOf), ...vulnerabilities.map(vulnerabilityResult)],
      },
    ],
  };
}

function resultOf({ rule, level, message, path }: Finding): Document {
  return { ruleId: rule, level, message: { text: message }, locations: path === undefined ? [] : [locationOf(path)] };
}

function vulnerabilityResult({ id, summary, package: about, fixed, waived }: Vulnerability): Document {
  const advice = fixed === undefined ? "there is no fixed version" : `fixed in ${fixed}`;
  return {
    ruleId: id,
    level: "error",
    message: { text: `${about.name} ${about.version}: ${summary || id}; ${advice}` },
    locations: [locationOf(about.path)],
    ...(waived === undefined
      ? {}
      : { suppressions: [{ kind: "external", status: "accepted", justification: waived }] }),
  };
}

function locationOf(path: string): Document {
  const uri = path.split("/").map(encodeURIComponent).join("/");
  return { physicalLocation: { artifactLocation: { uri } } };
}
