/**
 * Values in the text form of GVariant, as annotations carry them: `'text'`, `true`, `uint64 5`, `['a', 'b']`.
 * https://docs.gtk.org/glib/gvariant-text-format.html
 * @module
 */
import { INT32, INT64, type IntegerType, UINT16, UINT32, UINT64, fitsInteger } from "@teu/spec/runtime/integers";
import { type Failure, fieldFailure } from "../failure.ts";
import type { Value } from "./message-writer.ts";

const TYPES: readonly string[] = [
  "byte y",
  "int16 n",
  "uint16 q",
  "int32 i",
  "uint32 u",
  "int64 x",
  "uint64 t",
  "boolean b",
  "string s",
];

/** Reads one value. @throws Failure by `field` */
export function parseGvariant(text: string, field: string): Value {
  const trimmed = text.trim();
  const value = trimmed.startsWith("@") ? annotated(trimmed) : plain(trimmed, "");
  if (value === undefined) throw unreadable(text, field);
  for (const item of value.items) if (!fits(item, value.type)) throw unreadable(text, field);
  return value;
}

function unreadable(text: string, field: string): Failure {
  return fieldFailure(field, `${JSON.stringify(text)} is not a value such as 'text', true, uint64 5 or ['a', 'b']`);
}

// The type before the value, such as @as ['a'].
function annotated(text: string): Value | undefined {
  const space = text.indexOf(" ");
  const type = text.slice(1, space);
  return space > 0 && /^a?[bynqiuxts]$/.test(type) ? plain(text.slice(space + 1).trim(), type) : undefined;
}

function plain(text: string, type: string): Value | undefined {
  if (text.startsWith("[") !== type.startsWith("a") && type !== "") return undefined;
  if (!text.startsWith("[")) return single(text, type);
  if (!text.endsWith("]")) return undefined;
  const parts = splitList(text.slice(1, -1));
  if (parts === undefined) return undefined;
  const items: string[] = [];
  let itemType = type.slice(1);
  for (const part of parts) {
    const item = single(part, itemType);
    if (item === undefined || (itemType !== "" && item.type !== itemType)) return undefined;
    itemType = item.type;
    items.push(item.items[0] ?? "");
  }
  return itemType === "" ? undefined : { type: `a${itemType}`, items };
}

function single(text: string, type: string): Value | undefined {
  const [word = "", ...rest] = text.split(" ");
  const named = TYPES.find((row) => row.startsWith(`${word} `));
  if (named !== undefined) return rest.length === 0 ? undefined : single(rest.join(" ").trim(), named.slice(-1));
  if (text === "true" || text === "false") return { type: "b", items: [text] };
  const quote = text.charAt(0);
  if (quote === "'" || quote === '"') return quotedText(text, quote);
  if (type === "s" || type === "b" || !/^-?[0-9]{1,20}$/.test(text)) return undefined;
  return { type: type === "" ? "i" : type, items: [text] };
}

function quotedText(text: string, quote: string): Value | undefined {
  let out = "";
  for (let i = 1; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === quote) return i === text.length - 1 ? { type: "s", items: [out] } : undefined;
    if (character === "\\") i++;
    out += character === "\\" ? text.charAt(i) : character;
  }
  return undefined;
}

/** The parts between commas that are not in quotes; undefined where a quote is not closed. */
function splitList(text: string): string[] | undefined {
  const parts: string[] = [];
  let part = "";
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quote === "" && character === ",") {
      parts.push(part.trim());
      part = "";
      continue;
    }
    part += character;
    if (character === "\\" && quote !== "") {
      i++;
      part += text.charAt(i);
    } else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = "";
  }
  if (quote !== "") return undefined;
  if (part.trim() !== "") parts.push(part.trim());
  return parts;
}

function fits(item: string, type: string): boolean {
  const kind = type.slice(-1);
  if (kind === "s") return true;
  if (kind === "b") return item === "true" || item === "false";
  if (!/^-?[0-9]+$/.test(item)) return false;
  return fitsInteger(item, rangeOf(kind));
}

function rangeOf(kind: string): IntegerType {
  switch (kind) {
    case "y":
      return { min: "0", max: "255" };
    case "n":
      return { min: "-32768", max: "32767" };
    case "q":
      return UINT16;
    case "u":
      return UINT32;
    case "x":
      return INT64;
    case "t":
      return UINT64;
    default:
      return INT32;
  }
}
