/**
 * The list of referrers that clients keep under a tag where a registry has no list of its own.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject}
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests}
 * @module
 */
import { digestBytes } from "@teu/content/hash";
import { type Links, parseLinks } from "@teu/content/links";
import { MAX_DOCUMENT_BYTES } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Digest } from "@teu/spec/digest";
import { referrersTag } from "@teu/spec/distribution/referrers";
import { OCI_INDEX } from "@teu/spec/media-types";
import { sleep } from "@teu/std/abort";
import { isTeuError } from "@teu/std/error";
import { stringifyJson } from "@teu/std/json-value";
import { KeyedLock } from "@teu/std/keyed-lock";
import { type Context, deleteScopes, pathOf, placeOf, pullScopes, sendBare, tagPath } from "./context.ts";
import { pushManifest } from "./manifest-push.ts";
import { isStatus } from "./status-error.ts";

const MAX_ATTEMPTS = 6;
const FIRST_DELAY_MS = 50;

// Most registries heed no condition: of two changes of one list at once, the later would undo the earlier.
const lists = new KeyedLock();

/** Lists a manifest that was pushed among the referrers of its subject, if it has one. */
export async function listReferrer(
  context: Context,
  { mediaType, digest, size }: Descriptor,
  { subject, artifactType, annotations }: Links,
  signal?: AbortSignal,
): Promise<void> {
  if (subject === undefined) return;
  const referrer: Descriptor = {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  await edit(context, subject.digest, signal, (listed) =>
    listed.some((each) => each.digest === digest) ? undefined : [...listed, referrer],
  );
}

/** Takes `referrer` out of the list of `subject`; a list without entries goes away. */
export async function removeReferrer(
  context: Context,
  subject: Digest,
  referrer: Digest,
  signal?: AbortSignal,
): Promise<void> {
  await edit(context, subject, signal, (listed) =>
    listed.some(({ digest }) => digest === referrer) ? listed.filter(({ digest }) => digest !== referrer) : undefined,
  );
}

interface ReferrerList {
  readonly descriptors: readonly Descriptor[];
  /** Nothing if there is no list yet. */
  readonly digest?: Digest;
  readonly entityTag?: string;
}

type Change = (listed: readonly Descriptor[]) => readonly Descriptor[] | undefined;

async function edit(context: Context, subject: Digest, signal: AbortSignal | undefined, change: Change): Promise<void> {
  const key = `${placeOf(context)}@${subject}`;
  await lists.run(key, async () => await editAlone(context, subject, signal, change), signal);
}

/** Changes the list as long as another process changes it at the same time, where the registry tells. */
async function editAlone(
  context: Context,
  subject: Digest,
  signal: AbortSignal | undefined,
  change: Change,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const list = await readList(context, subject, signal);
    const changed = change(list.descriptors);
    if (changed === undefined) return;
    try {
      await writeList(context, subject, { list, changed, signal });
      return;
    } catch (error) {
      if (!isStatus(error, 412) || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * FIRST_DELAY_MS * 2 ** attempt, signal);
    }
  }
}

async function readList(context: Context, subject: Digest, signal?: AbortSignal): Promise<ReferrerList> {
  try {
    const { answer, bytes } = await context.transport.fetch(
      {
        method: "GET",
        target: tagPath(context, referrersTag(subject)),
        headers: { accept: OCI_INDEX },
        scopes: pullScopes(context),
        expect: [200],
        signal,
      },
      MAX_DOCUMENT_BYTES,
    );
    const digest = digestBytes(bytes);
    const { children } = parseLinks(bytes, { mediaType: OCI_INDEX, digest, size: bytes.length });
    const entityTag = answer.headers.get("etag");
    return {
      descriptors: children,
      digest,
      ...(entityTag === null || entityTag.startsWith("W/") ? {} : { entityTag }),
    };
  } catch (error) {
    if (isStatus(error, 404)) return { descriptors: [] };
    throw error;
  }
}

async function writeList(
  context: Context,
  subject: Digest,
  { list, changed, signal }: { list: ReferrerList; changed: readonly Descriptor[]; signal: AbortSignal | undefined },
): Promise<void> {
  if (changed.length > 0) {
    const text = stringifyJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: changed });
    const bytes = new TextEncoder().encode(text);
    const manifest = { bytes, mediaType: OCI_INDEX, digest: digestBytes(bytes) };
    const condition = list.entityTag === undefined ? {} : { ifMatch: list.entityTag };
    await pushManifest(context, manifest, { ...condition, signal }, referrersTag(subject));
    if (manifest.digest === list.digest) return;
  }
  if (list.digest !== undefined) await removeList(context, list.digest, signal);
}

/** The list before is of no use to anybody. A registry that does not delete keeps it. */
async function removeList(context: Context, digest: Digest, signal?: AbortSignal): Promise<void> {
  const call = {
    method: "DELETE",
    target: pathOf(context, "manifest", digest),
    scopes: deleteScopes(context),
    expect: [202, 200, 204, 404],
    signal,
  };
  try {
    await sendBare(context, call);
  } catch (error) {
    if (!isTeuError(error)) throw error;
  }
}
