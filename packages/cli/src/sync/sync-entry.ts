/**
 * What is to be synchronised: one source and where it goes.
 * @module
 */
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../errors.ts";
import { type Filter, EVERYTHING, globFilter, isGlob } from "./filter.ts";

/** How much a source stands for. */
export type SyncKind = "registry" | "repository" | "image" | "layout";

/** One entry. */
export interface SyncEntry {
  readonly kind: SyncKind;
  /** A registry, a repository, or a repository with a tag or digest; or `oci:FOLDER`, perhaps with a tag. */
  readonly source: string;
  /** As the source; or `oci:FOLDER`, where images keep their full names as tags. */
  readonly target: string;
  /** Of a registry's repositories, by their paths. */
  readonly repositories: Filter;
  readonly tags: Filter;
  /** Of each index what these need; everything if there are none. */
  readonly platforms: readonly Platform[];
  readonly referrers: boolean;
}

/** What the options of a command say. */
export interface EntryOptions {
  readonly tags: readonly string[];
  readonly excludedTags: readonly string[];
  readonly platforms: readonly Platform[];
  readonly referrers: boolean;
}

/**
 * Reads a source and a target as people write them on the command line: `HOST` is a registry, `HOST/PATTERN` those of its
 * repositories that match, `HOST/PATH` a repository, and with a tag or digest an image; `oci:FOLDER` the images of a layout.
 * @throws TeuError `ERR_USAGE`
 */
export function entryOf(source: string, target: string, options: EntryOptions): SyncEntry {
  const from = source.replace(/^docker:\/\//, "");
  const to = target.replace(/^docker:\/\//, "");
  const common = {
    target: to,
    repositories: EVERYTHING,
    tags: globFilter(options.tags, options.excludedTags),
    platforms: options.platforms,
    referrers: options.referrers,
  };
  if (from.startsWith("oci:")) return { ...common, kind: "layout", source: from };
  if (isRegistry(from)) return { ...common, kind: "registry", source: from };
  const [host, pattern] = splitOnce(from, "/");
  if (isGlob(from)) {
    if (isGlob(host)) throw usage(source, "expected no pattern in the host");
    return { ...common, kind: "registry", source: host, repositories: globFilter([pattern]) };
  }
  return { ...common, kind: /[:@][^/]*$/.test(pattern) ? "image" : "repository", source: from };
}

/** Tells whether a text names a registry, and nothing in it. */
export function isRegistry(text: string): boolean {
  return !text.includes("/") && (/[.:]/.test(text) || text === "localhost");
}

function splitOnce(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function usage(text: string, problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `Reading what to synchronise "${text}": ${problem}`);
}
