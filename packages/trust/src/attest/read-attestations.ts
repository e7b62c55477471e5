/**
 * What attestations of an image say, unverified: to look at them. What is to be relied on comes from `verify/`.
 * @module
 */
import { parseDsse } from "@teu/pki/dsse";
import { readVerified } from "@teu/content/verified-read";
import { parseLinks } from "@teu/content/links";
import type { CallOptions, Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { isIndex } from "@teu/spec/media-types";
import { isTeuError } from "@teu/std/error";
import { type Found, type GatherOptions, gather } from "../find/gather.ts";
import { parseBundle } from "../formats/bundle.ts";
import { MAX_STATEMENT_BYTES, type Statement, findSubject, parseStatement } from "../formats/statement.ts";
import { IN_TOTO_TYPE } from "../formats/types.ts";
import { textIn } from "../formats/unreadable.ts";

/** Where an attestation is kept: as a bundle, under cosign's tag, or in the index as BuildKit does, which signs nothing. */
export type AttestationForm = "bundle" | "dsse" | "buildkit";

/** An attestation that was found. Whether it is signed by anyone who is trusted is open. */
export interface UnverifiedAttestation {
  readonly form: AttestationForm;
  readonly manifest: Descriptor;
  readonly layer: Descriptor;
  /** The signed bytes. */
  readonly payload: Uint8Array;
  readonly statement: Statement;
  /** Whether the statement is about the image that was asked for. */
  readonly isAboutImage: boolean;
}

/**
 * Lists the attestations of an image or index. What cannot be read is passed over.
 * @param within The index that the image is an entry of, for those of BuildKit.
 */
export async function* readAttestations(
  store: Source,
  subject: Descriptor,
  options: GatherOptions & { readonly within?: Descriptor } = {},
): AsyncGenerator<UnverifiedAttestation, void, undefined> {
  for await (const found of gather(store, subject, options)) {
    if (found.form !== "bundle" && found.form !== "dsse") continue;
    const payload = statementIn(found);
    const read = payload === undefined ? undefined : readOne(payload, subject);
    if (payload === undefined || read === undefined) continue;
    yield { form: found.form, manifest: found.manifest, layer: found.layer, payload, ...read };
  }
  const index = isIndex(subject.mediaType) ? subject : options.within;
  if (index !== undefined) yield* readBuildKit(store, index, { ...options, subject });
}

function statementIn({ form, bytes }: Found): Uint8Array | undefined {
  return orNothing(() => {
    if (form === "dsse") return statementOf(parseDsse(textIn("an attestation", bytes)));
    const { content } = parseBundle(bytes);
    return content.kind === "dsse" ? statementOf(content.envelope) : undefined;
  });
}

function statementOf(envelope: { readonly payloadType: string; readonly payload: Uint8Array }): Uint8Array | undefined {
  return envelope.payloadType === IN_TOTO_TYPE ? envelope.payload : undefined;
}

function readOne(
  payload: Uint8Array,
  subject: Descriptor,
): Pick<UnverifiedAttestation, "statement" | "isAboutImage"> | undefined {
  return orNothing(() => {
    const statement = parseStatement(payload);
    return { statement, isAboutImage: findSubject(statement, subject.digest) !== undefined };
  });
}

const BUILDKIT_TYPE = "vnd.docker.reference.type";
const BUILDKIT_DIGEST = "vnd.docker.reference.digest";

/**
 * @see {@link https://github.com/moby/buildkit/blob/v0.23.0/docs/attestations/attestation-storage.md}
 */
async function* readBuildKit(
  store: Source,
  index: Descriptor,
  { subject, signal }: CallOptions & { readonly subject: Descriptor },
): AsyncGenerator<UnverifiedAttestation, void, undefined> {
  const { children } = parseLinks(await readVerified(store, index, { signal }), index);
  for (const manifest of children) {
    const { annotations = {} } = manifest;
    if (annotations[BUILDKIT_TYPE] !== "attestation-manifest") continue;
    if (!isIndex(subject.mediaType) && annotations[BUILDKIT_DIGEST] !== subject.digest) continue;
    const links = parseLinks(await readVerified(store, manifest, { signal }), manifest);
    for (const layer of links.children.filter(({ mediaType }) => mediaType === IN_TOTO_TYPE)) {
      const payload = await readVerified(store, layer, { signal, maxBytes: MAX_STATEMENT_BYTES });
      const read = readOne(payload, subject);
      if (read !== undefined) yield { form: "buildkit", manifest, layer, payload, ...read };
    }
  }
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isTeuError(error)) return undefined;
    throw error;
  }
}
