/**
 * The list of what is in a base, as SPDX: not found by a scanner, but written from what was put in.
 * @see {@link https://spdx.github.io/spdx-spec/v2.3/}
 * @module
 */
import { formatRfc3339 } from "@teu/std/time";
import type { LockedArchive, LockedNode, LockedPackage } from "../lock.ts";
import { type SpdxPart, UNKNOWN, relation } from "../../attest/spdx-package.ts";

/** A package of Debian, and the source that it was made from. */
export interface SbomPackage {
  readonly locked: LockedPackage;
  readonly archive: LockedArchive;
  /** Name and version of the source. */
  readonly source: { readonly name: string; readonly version: string };
  readonly homepage: string | undefined;
}

/** What a list is of. */
export interface SbomFacts {
  /** Such as `debian-base`. */
  readonly name: string;
  /** Digest of the image's manifest. */
  readonly imageDigest: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly packages: readonly SbomPackage[];
  readonly node: LockedNode | undefined;
}

const IMAGE_ID = "SPDXRef-Image";

/** The list as an SPDX 2.3 document, the same for the same image. */
export function makeSbom({ name, imageDigest, created, packages, node }: SbomFacts): Uint8Array {
  const hex = imageDigest.slice(imageDigest.indexOf(":") + 1);
  const parts = [...packages.map(debPart), ...(node === undefined ? [] : [nodePart(node)])];
  const image = {
    SPDXID: IMAGE_ID,
    name,
    versionInfo: imageDigest,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: hex }],
    ...UNKNOWN,
  };
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${hex}`,
    creationInfo: { created: formatRfc3339({ seconds: created, nanoseconds: 0 }), creators: ["Tool: teu"] },
    packages: [image, ...parts],
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE_ID),
      ...parts.map(({ SPDXID }) => relation(IMAGE_ID, "CONTAINS", SPDXID)),
    ],
  };
  return new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

function debPart({ locked, archive, source, homepage }: SbomPackage): SpdxPart {
  const { name, version, architecture, sha256 } = locked;
  const origin = archive.origin === "" ? "debian" : archive.origin.toLowerCase();
  const release = archive.version === "" ? archive.codename : archive.version.split(".", 1)[0];
  const query = `arch=${architecture}${release === undefined || release === "" ? "" : `&distro=${origin}-${release}`}`;
  const purl = `pkg:deb/${encodeURIComponent(origin)}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${query}`;
  return {
    SPDXID: `SPDXRef-deb-${name.replaceAll(/[^A-Za-z0-9.-]/g, (sign) => `-${sign.charCodeAt(0)}-`)}`,
    name,
    versionInfo: version,
    supplier: `Organization: ${archive.origin === "" ? "Debian" : archive.origin}`,
    sourceInfo: `built from the source package ${source.name} ${source.version}`,
    packageFileName: locked.filename,
    ...(homepage === undefined ? {} : { homepage }),
    checksums: [{ algorithm: "SHA256", checksumValue: sha256 }],
    externalRefs: [purlReference(purl)],
    ...UNKNOWN,
  };
}

function nodePart({ name, version, integrity }: LockedNode): SpdxPart {
  const hex = Buffer.from(integrity.slice(integrity.indexOf("-") + 1), "base64").toString("hex");
  return {
    SPDXID: "SPDXRef-node",
    name: "node",
    versionInfo: version,
    sourceInfo: `from the npm package ${name} ${version}`,
    checksums: [{ algorithm: "SHA512", checksumValue: hex }],
    externalRefs: [
      purlReference(`pkg:npm/${encodeURIComponent(name)}@${version}`),
      purlReference(`pkg:generic/node@${version}`),
    ],
    ...UNKNOWN,
  };
}

function purlReference(locator: string): object {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: locator };
}
