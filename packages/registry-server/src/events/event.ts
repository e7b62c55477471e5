/**
 * What happened, as CloudEvents (version 1.0, JSON). An event is written with the change that it tells of, in one
 * transaction, and stays until whoever is to be told has it.
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md}
 * @module
 */
import type { Signed } from "../metadata/metadata.ts";

/** Kinds of events. */
export const EVENT_KINDS = ["push", "delete", "untag", "restore"] as const;

/** A kind of event. */
export type EventKind = (typeof EVENT_KINDS)[number];

const KINDS: Readonly<Partial<Record<Signed["op"], EventKind>>> = {
  manifest: "push",
  delete: "delete",
  untag: "untag",
  restore: "restore",
};

/** The kind of event that a change is; nothing if nobody is told of it. */
export function kindOf({ op }: Pick<Signed, "op">): EventKind | undefined {
  return KINDS[op];
}

/** Writes the event of a change. Its id stays the same however often it is sent. */
export function formatEvent(change: Signed, id: string): string {
  const { repo, at, actor } = change;
  const tags = change.op === "manifest" ? change.tags : "tag" in change ? [change.tag] : [];
  const digest = "digest" in change ? change.digest : undefined;
  const detail = change.op === "manifest" ? { mediaType: change.mediaType, size: change.bytes.length } : {};
  return JSON.stringify({
    specversion: "1.0",
    id,
    source: "teu-registry",
    type: `teu.registry.manifest.${kindOf(change)}`,
    subject: `${repo}${digest === undefined ? `:${tags[0]}` : `@${digest}`}`,
    time: new Date(at).toISOString(),
    datacontenttype: "application/json",
    data: { repository: repo, tags, digest, ...detail, actor },
  });
}
