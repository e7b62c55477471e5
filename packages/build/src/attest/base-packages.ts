/**
 * What the bill of materials of a base lists, so that the one of an image upon it is whole.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import { readDocument } from "@teu/content/graph";
import { listReferrers } from "@teu/content/referrers";
import type { BlobReader, CallOptions } from "@teu/content/store";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Json, JsonError } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, toValue } from "@teu/std/json-value";
import { SPDX_TYPE } from "./spdx-package.ts";

/** A package as its document has it, without its name within that document. */
export type ListedPackage = Readonly<Record<string, JsonValue>> & { readonly name: string };

const LIMITS = { maxLength: 64 * 1024 * 1024, maxDepth: 64 };
/** Fields that stand for themselves: none of them refers to another part of the document. */
const FIELDS = [
  "name",
  "versionInfo",
  "supplier",
  "downloadLocation",
  "filesAnalyzed",
  "checksums",
  "homepage",
  "sourceInfo",
  "packageFileName",
  "licenseConcluded",
  "licenseDeclared",
  "copyrightText",
  "externalRefs",
  "primaryPackagePurpose",
] as const;

/** The packages of a base by the SPDX documents that are attached to it; none where no document can be read. */
export async function readBasePackages(base: Image, options: CallOptions = {}): Promise<readonly ListedPackage[]> {
  const { store, descriptor } = base.origin;
  for await (const referrer of listReferrers(store, descriptor, { ...options, artifactType: SPDX_TYPE })) {
    const packages = await readPackages(store, referrer, options);
    if (packages.length > 0) return packages;
  }
  return [];
}

async function readPackages(
  store: BlobReader,
  referrer: Descriptor,
  options: CallOptions,
): Promise<readonly ListedPackage[]> {
  const { links } = await readDocument(store, referrer, options);
  const layer = links.children.find(({ mediaType }) => mediaType === SPDX_TYPE);
  if (layer === undefined || layer.size > LIMITS.maxLength) return [];
  const bytes = await readVerified(store, layer, { ...options, maxBytes: LIMITS.maxLength });
  try {
    return packagesOf(parseJsonBytes(bytes, LIMITS));
  } catch (error) {
    // Whoever made the base wrote something else than SPDX: then nothing is known of what is in it.
    if (error instanceof JsonError) return [];
    throw error;
  }
}

function packagesOf(document: Json): readonly ListedPackage[] {
  const links = document.get("relationships").list();
  const described = new Set([
    ...links
      .filter((link) => link.get("relationshipType").text === "DESCRIBES")
      .map((link) => link.get("relatedSpdxElement").string()),
    ...document
      .get("documentDescribes")
      .list()
      .map((id) => id.string()),
  ]);
  return document
    .get("packages")
    .list()
    .filter((one) => !described.has(one.get("SPDXID").string()))
    .map((one) => ({ name: one.get("name").string(), ...fieldsOf(one) }));
}

function fieldsOf(json: Json): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    FIELDS.filter((name) => !json.get(name).absent).map((name) => [name, toValue(json.get(name))]),
  );
}
