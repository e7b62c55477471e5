/**
 * Validates an image layout: its own files, and everything below each entry of its index.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDigest } from "@teu/spec/digest";
import {
  LAYOUT_FILE,
  LAYOUT_INDEX_FILE,
  MAX_LAYOUT_HEADER_BYTES,
  checkLayoutHeader,
  checkLayoutIndex,
  checkLayoutPaths,
} from "@teu/spec/image/layout";
import type { ImageClauseId } from "@teu/spec/image/clauses";
import type { Issue } from "@teu/spec/issue";
import { isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { ContentErrorCode } from "../errors.ts";
import { FolderFiles, readSmallFile } from "../internal/file-set.ts";
import { MAX_LAYOUT_INDEX_BYTES } from "../layout-index.ts";
import { LayoutStore, openLayout } from "../layout-store.ts";
import { fromIssue, fromJsonError } from "./finding.ts";
import { type Validated, type ValidateOptions, validate } from "./validate.ts";

/**
 * Validates the image layout in the folder `path`: names, header, index, then content, each once for each entry it is below.
 * @throws TeuError `ERR_LAYOUT_MISSING` if there is none; what {@link validate} throws.
 */
export async function* validateLayout(
  path: string,
  options: ValidateOptions = {},
): AsyncGenerator<Validated, void, undefined> {
  const store = await openAnyway(path);
  const names = checkLayoutPaths(await pathsIn(path)).map((issue) => fromIssue(issue.path, { ...issue, path: "" }));
  yield { where: path, size: 0, what: "an image layout", findings: names };
  yield await validateFile(path, HEADER);
  const index = await validateFile(path, INDEX);
  yield index;
  // An entry without digest or size cannot be followed, and has been told.
  if (index.findings.some(({ level }) => level === "MUST")) return;
  const seen = new Set<string>();
  for await (const { descriptor } of store.roots(options)) {
    if (!seen.has(descriptor.digest) && isDigest(descriptor.digest)) yield* validate(store, descriptor, options);
    seen.add(descriptor.digest);
  }
}

/** Opens a layout also where its header is wrong: that is what we are here to tell. */
async function openAnyway(path: string): Promise<LayoutStore> {
  try {
    return await openLayout(path);
  } catch (error) {
    if (isTeuError<ContentErrorCode>(error, "ERR_LAYOUT_INVALID")) return new LayoutStore(path);
    throw error;
  }
}

interface LayoutFile {
  readonly name: string;
  readonly what: string;
  readonly maxBytes: number;
  readonly check: (json: Json) => Issue[];
  /** The clause that it is a JSON object. */
  readonly object: ImageClauseId;
}

const HEADER: LayoutFile = {
  name: LAYOUT_FILE,
  what: "the header of an image layout",
  maxBytes: MAX_LAYOUT_HEADER_BYTES,
  check: checkLayoutHeader,
  object: "image.layout.file.object",
};
const INDEX: LayoutFile = {
  name: LAYOUT_INDEX_FILE,
  what: "the index of an image layout",
  maxBytes: MAX_LAYOUT_INDEX_BYTES,
  check: checkLayoutIndex,
  object: "image.layout.index.object",
};

async function validateFile(path: string, { name, what, maxBytes, check, object }: LayoutFile): Promise<Validated> {
  const bytes = await readSmallFile(new FolderFiles(path), name, maxBytes);
  if (bytes === undefined) return { where: name, size: 0, what, findings: [] };
  try {
    const json = parseJsonBytes(bytes, { maxLength: maxBytes, maxDepth: 64 });
    return { where: name, size: bytes.length, what, findings: check(json).map((issue) => fromIssue(name, issue)) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { where: name, size: bytes.length, what, findings: [fromJsonError(name, error, object)] };
  }
}

/** Every file and folder of the layout but those of teu's own working folder. */
async function pathsIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const names = entries.map((entry) => join(entry.parentPath, entry.name).slice(path.replace(/\/+$/, "").length + 1));
  return names.filter((name) => !name.startsWith(".teu"));
}
