/**
 * What must hold for every reader of JSON documents, whatever bytes it gets.
 * @module
 */
import assert from "node:assert/strict";
import type { Document } from "@teu/spec/document";
import type { Issue } from "@teu/spec/issue";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { acceptedUnless } from "./accepted.ts";
import type { FuzzTarget } from "./target.ts";

/** A reader of documents, and good documents to start from. */
export interface DocumentFuzz {
  readonly name: string;
  readonly parse: (bytes: Uint8Array) => Document<unknown>;
  readonly check: (json: Json) => readonly Issue[];
  readonly documents: readonly unknown[];
}

/**
 * A target that parses and checks its input. The parser accepts what the checker finds no broken MUST in, throws its one
 * error else, and reads what it read again with the same meaning and the same issues; the checker never throws.
 */
export function documentTarget({ name, parse, check, documents }: DocumentFuzz): FuzzTarget {
  return {
    name,
    *seeds() {
      for (const document of documents) yield new TextEncoder().encode(JSON.stringify(document));
      for (const document of documents) yield new TextEncoder().encode(JSON.stringify(document, null, 3));
    },
    run(input) {
      const document = accepted(() => parse(input));
      const issues = checked(document?.bytes ?? input, check);
      if (document === undefined) return;
      assert.deepEqual(document.issues, issues);
      assert.ok(issues?.every(({ level }) => level !== "MUST"));
      const text = stringifyJson(document.value);
      const again = parse(new TextEncoder().encode(text));
      assert.equal(stringifyJson(again.value), text);
      assert.deepEqual(again.issues, issues);
    },
  };
}

/** What a reader returns; nothing where it refuses the document. */
export const accepted: <T>(read: () => T) => T | undefined = acceptedUnless("ERR_DOCUMENT_INVALID");

function checked(bytes: Uint8Array, check: (json: Json) => readonly Issue[]): readonly Issue[] | undefined {
  try {
    return check(parseJsonBytes(bytes));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
