/**
 * Documents that were put beside an image without a signature, as those who build it do: what there is to attest to.
 * @module
 */
import { parseLinks } from "@teu/content/links";
import { listReferrers } from "@teu/content/referrers";
import type { CallOptions, Source } from "@teu/content/store";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { isManifest } from "@teu/spec/media-types";
import { predicateUri } from "../formats/predicate-types.ts";
import {
  MAX_STATEMENT_BYTES,
  type Predicate,
  findSubject,
  parsePredicate,
  parseStatement,
} from "../formats/statement.ts";
import { IN_TOTO_TYPE } from "../formats/types.ts";
import { reading } from "../formats/unreadable.ts";

/** A document about an image that nobody has signed. */
export interface AttachedDocument {
  /** The manifest that holds it. */
  readonly manifest: Descriptor;
  /** URI of what kind of fact it is. */
  readonly predicateType: string;
  readonly predicate: Predicate;
}

/** Documents that are facts as they are, by media type. */
const BARE: Readonly<Record<string, string | undefined>> = {
  "application/spdx+json": predicateUri("spdxjson"),
  "application/vnd.cyclonedx+json": predicateUri("cyclonedx"),
};

/**
 * Lists what refers to `subject`: in-toto statements that are about it, and bills of materials in SPDX or CycloneDX.
 * @throws TeuError `ERR_SIGNATURE_UNREADABLE` where a document is not what its media type says; what the store throws.
 */
export async function* attachedDocuments(
  store: Source,
  subject: Descriptor,
  { signal }: CallOptions = {},
): AsyncGenerator<AttachedDocument, void, undefined> {
  for await (const manifest of listReferrers(store, subject, { signal })) {
    if (!isManifest(manifest.mediaType)) continue;
    const { children } = parseLinks(await readVerified(store, manifest, { signal }), manifest);
    for (const layer of children) {
      if (layer.mediaType !== IN_TOTO_TYPE && BARE[layer.mediaType] === undefined) continue;
      const bytes = await readVerified(store, layer, { signal, maxBytes: MAX_STATEMENT_BYTES });
      const fact = readFact(bytes, layer.mediaType, subject);
      if (fact !== undefined) yield { manifest, ...fact };
    }
  }
}

function readFact(
  bytes: Uint8Array,
  mediaType: string,
  subject: Descriptor,
): Omit<AttachedDocument, "manifest"> | undefined {
  const predicateType = BARE[mediaType];
  if (predicateType !== undefined)
    return { predicateType, predicate: reading(`a document of type ${mediaType}`, () => parsePredicate(bytes)) };
  const statement = parseStatement(bytes);
  if (findSubject(statement, subject.digest) === undefined) return undefined;
  return { predicateType: statement.predicateType, predicate: statement.predicate };
}
