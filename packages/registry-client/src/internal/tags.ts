/**
 * The tags of a repository.
 * @module
 */
import type { ContentErrorCode } from "@teu/content/errors";
import type { Descriptor } from "@teu/spec/descriptor";
import { formatRoute } from "@teu/spec/distribution/routes";
import { MAX_LIST_BYTES, parseTagsList } from "@teu/spec/distribution/tags-list";
import { isTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import { type Context, isManifestType, pullScopes, readAnswer, withNamespace, wrongAnswer } from "./context.ts";
import { readPages } from "./pages.ts";
import { isStatus } from "./status-error.ts";

/** Most tags of a repository that are listed. */
export const MAX_TAGS = 1_000_000;

/** Lists all tags, each once, in the order of their characters, which registries need not keep to. */
export async function* listTags(context: Context, signal: AbortSignal | undefined): AsyncGenerator<string> {
  signal?.throwIfAborted();
  const tags = new Set<string>();
  const listing = {
    path: withNamespace(formatRoute({ kind: "tags", name: context.name }), context.options.namespace),
    scopes: pullScopes(context),
    maxPageBytes: MAX_LIST_BYTES,
    signal,
  };
  try {
    for await (const { answer, bytes } of readPages(context.transport, listing)) {
      const { value } = readAnswer("GET", answer, () => parseTagsList(bytes));
      for (const tag of value.tags ?? []) tags.add(tag);
      if (tags.size > MAX_TAGS) throw wrongAnswer("GET", answer.url, `more than ${MAX_TAGS} tags`);
    }
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
  yield* [...tags].sort();
}

/**
 * Refuses what cannot be a tag, and what cannot have one.
 * @throws TeuError `ERR_TAG_INVALID`
 */
export function checkTag(name: string, descriptor: Descriptor): void {
  if (!isTag(name)) throw invalidTag(name, "expected at most 128 letters, digits, dots, dashes and underscores");
  if (isManifestType(descriptor.mediaType)) return;
  throw invalidTag(name, `${descriptor.mediaType}, expected a manifest or an index, since registries tag nothing else`);
}

function invalidTag(name: string, problem: string): TeuError<ContentErrorCode> {
  return new TeuError("ERR_TAG_INVALID", `Tagging ${JSON.stringify(name)}: ${problem}`);
}
