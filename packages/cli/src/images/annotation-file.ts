/**
 * Files of annotations as oras has them: by the path of what is pushed, and those of the manifest under `$manifest`.
 *
 *     { "$manifest": { "team": "blue" }, "report.json": { "tool": "scanner" } }
 * @see {@link https://oras.land/docs/how_to_guides/manifest_annotations}
 * @module
 */
import { readFileSync } from "node:fs";
import { TeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { CliErrorCode } from "../errors.ts";
import { inputFacts } from "./input-file.ts";

/** Annotations by name. */
export type Annotations = Readonly<Record<string, string>>;

/** What such a file says. */
export interface AnnotationFile {
  readonly manifest: Annotations;
  /** Annotations by path, as it is given on the command line. */
  readonly files: ReadonlyMap<string, Annotations>;
}

const MAX_BYTES = 1024 * 1024;
const MANIFEST = "$manifest";
// The configuration of an artifact is the same two bytes in all of them.
const CONFIG = "$config";

/** Reads a file of annotations. @throws TeuError `ERR_USAGE` with the place of what is wrong. */
export function readAnnotationFile(path: string): AnnotationFile {
  inputFacts(path);
  try {
    const json = parseJsonBytes(readFileSync(path), { maxLength: MAX_BYTES, maxDepth: 3 });
    const names = json.names();
    if (names.includes(CONFIG)) throw new JsonError(`${CONFIG}: the configuration has no annotations`);
    const files = names.filter((name) => name !== MANIFEST).map((name) => [name, readAll(json.get(name))] as const);
    return { manifest: readAll(json.get(MANIFEST)), files: new Map(files) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading "${path}": ${error.message}`, { cause: error });
  }
}

function readAll(json: Json): Annotations {
  return Object.fromEntries(json.names().map((name) => [name, json.get(name).string()]));
}
