/**
 * Writes what is in an image as a bill of materials: SPDX 2.3 and CycloneDX 1.6.
 * @see {@link https://spdx.github.io/spdx-spec/v2.3/}
 * @see {@link https://cyclonedx.org/docs/1.6/json/}
 * @module
 */
import { createHash } from "node:crypto";
import { isLicenceExpression } from "./licence.ts";
import { packageUrl } from "./purl.ts";
import type { AuditPackage, AuditReport } from "./types.ts";

/** A document of JSON. */
export type Document = Readonly<Record<string, unknown>>;

const TOOL = "teu";

/** Makes an SPDX document. The same report gives the same document, but for the time. @param created RFC 3339 in UTC */
export function toSpdx(report: AuditReport, created: string): Document {
  const { image, digest, packages, layers, system } = report;
  const [algorithm = "sha256", hex = ""] = digest.split(":");
  const root = {
    SPDXID: "SPDXRef-Image",
    name: image,
    versionInfo: digest,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: algorithm.toUpperCase(), checksumValue: hex }],
    supplier: "NOASSERTION",
  };
  const described = packages.map((each) => ({ each, id: `SPDXRef-Package-${idOf(each)}` }));
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: image,
    documentNamespace: `https://spdx.org/spdxdocs/teu-${algorithm}-${hex}-${hashOf(created)}`,
    creationInfo: { created, creators: [`Tool: ${TOOL}`] },
    packages: [
      root,
      ...described.map(({ each, id }) => ({
        SPDXID: id,
        name: each.name,
        versionInfo: each.version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        supplier: "NOASSERTION",
        licenseConcluded: "NOASSERTION",
        licenseDeclared: isLicenceExpression(each.licence) ? each.licence : "NOASSERTION",
        copyrightText: "NOASSERTION",
        sourceInfo: `from /${each.path} in layer ${each.layer}, ${layers[each.layer]?.digest ?? ""}`,
        externalRefs: [
          {
            referenceCategory: "PACKAGE-MANAGER",
            referenceType: "purl",
            referenceLocator: packageUrl(each, system),
          },
        ],
      })),
    ],
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", root.SPDXID),
      ...described.map(({ id }) => relation(root.SPDXID, "CONTAINS", id)),
    ],
  };
}

function relation(from: string, type: string, to: string): Document {
  return { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
}

function idOf({ kind, name, version, path, architecture = "" }: AuditPackage): string {
  const plain = `${kind}-${name}`.replace(/[^A-Za-z0-9.-]/g, "-");
  return `${plain}-${hashOf([kind, name, version, path, architecture].join("\0"))}`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** Makes a CycloneDX document. @param created RFC 3339 in UTC */
export function toCycloneDx(report: AuditReport, created: string): Document {
  const { image, digest, packages, layers, system, vulnerabilities } = report;
  const known = vulnerabilities.map(({ id, package: about, severity, waived }) => ({
    id,
    ...(severity === undefined || !severity.startsWith("CVSS:") ? {} : { ratings: [{ vector: severity }] }),
    affects: [{ ref: idOf(about) }],
    ...(waived === undefined ? {} : { analysis: { state: "not_affected", detail: waived } }),
  }));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: created,
      tools: { components: [{ type: "application", name: TOOL }] },
      component: { type: "container", "bom-ref": digest, name: image, version: digest },
    },
    components: packages.map((each) => ({
      type: "library",
      "bom-ref": idOf(each),
      name: each.name,
      version: each.version,
      purl: packageUrl(each, system),
      ...(isLicenceExpression(each.licence) ? { licenses: [{ expression: each.licence }] } : {}),
      properties: [
        { name: "teu:path", value: `/${each.path}` },
        { name: "teu:layer", value: layers[each.layer]?.digest ?? "" },
      ],
    })),
    ...(known.length === 0 ? {} : { vulnerabilities: known }),
  };
}
