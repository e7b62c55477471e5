/**
 * What is in an image as a document of SPDX: straight from the lockfile and the packages' own words, so exact.
 * @see {@link https://spdx.github.io/spdx-spec/v2.3/}
 * @module
 */
import { createHash } from "node:crypto";
import { isLicenceExpression } from "@teu/spec/spdx";
import type { ListedPackage } from "./base-packages.ts";
import { type SpdxPart, UNKNOWN, relation } from "./spdx-package.ts";

/** Something in an image. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** The kind of package in a package URL: `npm`, `pypi`, `golang`. */
  readonly type: string;
  readonly license?: string;
  /** The digest of its archive. */
  readonly checksum?: { readonly algorithm: string; readonly hex: string };
}

/** What an image stands on. */
export interface SbomBase {
  /** The digest of its manifest. */
  readonly digest: string;
  /** What its own document lists. */
  readonly packages: readonly ListedPackage[];
}

/** What a document is about. */
export interface SbomSubject {
  /** The digest of the image's manifest. */
  readonly digest: string;
  readonly name: string;
  readonly version: string;
  readonly base?: SbomBase;
  readonly components: readonly Component[];
  /** The time to write, RFC 3339. */
  readonly created: string;
}

/** Makes the document. The same subject gives the same document. */
export function spdxDocument({ digest, name, version, base, components, created }: SbomSubject): object {
  const sorted = [...new Map(components.map((one) => [idOf(one), one])).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const root = "SPDXRef-image";
  const title = name === "" ? "application" : name;
  const baseParts = base === undefined ? [] : partsOfBase(base);
  const packages = [
    {
      SPDXID: root,
      name: title,
      ...(version === "" ? {} : { versionInfo: version }),
      ...UNKNOWN,
      checksums: [checksumOf(digest)],
      primaryPackagePurpose: "CONTAINER",
    },
    ...baseParts,
    ...sorted.map(([id, component]) => packageOf(id, component)),
  ];
  const [baseId, ...insideBase] = baseParts.map(({ SPDXID }) => SPDXID);
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: title,
    documentNamespace: `https://spdx.org/spdxdocs/teu-${digest.replace(":", "-")}`,
    creationInfo: { created, creators: ["Tool: teu"] },
    packages,
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", root),
      ...(baseId === undefined ? [] : [relation(root, "DESCENDANT_OF", baseId)]),
      ...insideBase.map((id) => relation(baseId ?? root, "CONTAINS", id)),
      ...sorted.map(([id]) => relation(root, "CONTAINS", id)),
    ],
  };
}

/** The base itself, and behind it what it contains. */
function partsOfBase({ digest, packages }: SbomBase): readonly SpdxPart[] {
  const image = { SPDXID: "SPDXRef-base", name: "base", ...UNKNOWN, checksums: [checksumOf(digest)] };
  const inside = packages.map((each, at) => ({ SPDXID: `SPDXRef-base-${at + 1}`, ...UNKNOWN, ...each }));
  return [{ ...image, primaryPackagePurpose: "CONTAINER" }, ...inside];
}

function packageOf(id: string, component: Component): object {
  const { name, version, license, checksum } = component;
  const declared = license !== undefined && isLicenceExpression(license) ? license : "NOASSERTION";
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    ...UNKNOWN,
    licenseDeclared: declared,
    ...(checksum === undefined
      ? {}
      : { checksums: [{ algorithm: checksum.algorithm.toUpperCase(), checksumValue: checksum.hex }] }),
    externalRefs: [
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: packageUrl(component) },
    ],
  };
}

/** @see {@link https://github.com/package-url/purl-spec/blob/v1.0.0/PURL-SPECIFICATION.rst} */
export function packageUrl({ type, name, version }: Pick<Component, "type" | "name" | "version">): string {
  const path = name
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/");
  return `pkg:${type}/${path}@${encodeURIComponent(version)}`;
}

function idOf(component: Component): string {
  const url = packageUrl(component);
  const plain = `${component.name}-${component.version}`.replaceAll(/[^A-Za-z0-9.-]+/g, "-").slice(0, 80);
  return `SPDXRef-${plain}-${createHash("sha256").update(url).digest("hex").slice(0, 8)}`;
}

function checksumOf(digest: string): object {
  const [algorithm = "", checksumValue = ""] = digest.split(":");
  return { algorithm: algorithm.toUpperCase(), checksumValue };
}
