/**
 * Shares of caches and memory bandwidth: `linux.intelRdt`.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#intelrdt
 * @module
 */
import type { Json } from "@teu/std/json";
import { fieldFailure } from "../failure.ts";
import { readFlag, readTextOr, readTexts } from "./read.ts";

/** A checked `linux.intelRdt`. */
export interface IntelRdtConfig {
  /** `/` is the group of everything else; empty for a group of the container's own. */
  readonly closId: string;
  /** Lines of the file `schemata`, in the order in which they are to be written. */
  readonly schemata: readonly string[];
  readonly monitoring: boolean;
  readonly field: string;
}

/** Reads `linux.intelRdt`; undefined where it is absent. @throws Failure, JsonError */
export function readIntelRdt(json: Json): IntelRdtConfig | undefined {
  if (json.absent) return undefined;
  const closId = readTextOr(json.get("closID"), "");
  if (closId !== "/" && (closId.includes("/") || closId === "." || closId === ".."))
    throw fieldFailure(json.get("closID").path, `${JSON.stringify(closId)} is not the name of a folder`);
  const monitoring = readFlag(json.get("enableMonitoring"));
  return { closId, schemata: readSchemata(json), monitoring, field: json.path };
}

function readSchemata(json: Json): string[] {
  const l3 = json.get("l3CacheSchema");
  const bandwidth = json.get("memBwSchema");
  const lines = linesOf(readTextOr(l3, ""));
  const bandwidthLines = linesOf(readTextOr(bandwidth, ""));
  if (lines.some((line) => line.startsWith("MB:")))
    throw fieldFailure(l3.path, "memory bandwidth (MB:) belongs in memBwSchema");
  if (bandwidthLines.some((line) => !line.startsWith("MB:")))
    throw fieldFailure(bandwidth.path, `${JSON.stringify(bandwidthLines[0])} does not begin with MB:`);
  const all = lines.concat(bandwidthLines);
  for (const text of readTexts(json.get("schemata"))) {
    if (text.includes("\n")) throw fieldFailure(json.get("schemata").path, "each item is one line");
    all.push(text);
  }
  return all;
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
