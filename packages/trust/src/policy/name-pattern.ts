/**
 * Patterns of image names in teu's policies: `registry.example.com/team/**`.
 * @module
 */
import { type Reference, formatName } from "@teu/spec/reference";
import type { Json } from "@teu/std/json";
import { wrong } from "./strict-json.ts";

/** A pattern, read. */
export interface NamePattern {
  readonly text: string;
  readonly repository: RegExp;
  /** Nothing for any tag, and for none. */
  readonly tag: RegExp | undefined;
}

const MAX_STARS = 8;

/**
 * Reads a pattern: `*` is anything within one part of the name, `**` anything at all. Behind a colon it asks for a tag.
 * @throws JsonError
 */
export function readNamePattern(json: Json): NamePattern {
  const text = json.string();
  const [, repository = "", tag] = /^(.*?)(?::([\w.*-]+))?$/s.exec(text) ?? [];
  const isHostPort = tag !== undefined && !repository.includes("/");
  const name = isHostPort ? text : repository;
  if (!/^[a-zA-Z0-9._:*[\]/-]+$/.test(name) || (text.match(/\*+/g) ?? []).length > MAX_STARS)
    throw wrong(json, `${JSON.stringify(text)}, expected a full name in which * and ** may stand for parts`);
  if (!name.includes("/") && name !== "**")
    throw wrong(json, `${JSON.stringify(text)} has no host, expected HOST/NAME or **`);
  return { text, repository: toPattern(name), tag: tag === undefined || isHostPort ? undefined : toPattern(tag) };
}

function toPattern(text: string): RegExp {
  const parts = text.split(/(\*+)/).map((part) => {
    if (part.startsWith("**")) return ".*";
    return part === "*" ? "[^/]*" : part.replace(/[.[\]/:-]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}

/** Tells whether an image has such a name. */
export function matchesPattern({ repository, tag }: NamePattern, name: Reference): boolean {
  if (!repository.test(formatName(name))) return false;
  return tag === undefined || (name.tag !== undefined && tag.test(name.tag));
}
