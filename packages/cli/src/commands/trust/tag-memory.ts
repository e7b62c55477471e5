/**
 * What was last seen of tags, in a file.
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isDigest } from "@teu/spec/digest";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { lockFile } from "@teu/std/file-lock";
import { DEFAULT_JSON_LIMITS, type Json } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import type { SeenTag, TagMemory } from "@teu/trust/verify/verify-tag";
import type { Host } from "../../host.ts";

const MAX_BYTES = 16 * 1024 * 1024;

/** The memory of this user. A file that cannot be read is an error: to forget would be to accept the past. */
export function userTagMemory({ env }: Host): TagMemory {
  const state = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local/state");
  const root = env["TEU_ROOT"];
  const path = root === undefined || root === "" ? join(state, "teu/tags.json") : join(root, "tags.json");
  return {
    last: async (name) => (await read(path)).get(name),
    remember: async (name, seen) => {
      await mkdir(dirname(path), { recursive: true });
      await using _lock = await lockFile(`${path}.lock`);
      const tags = await read(path);
      if ((tags.get(name)?.sequence ?? -1) >= seen.sequence) return;
      tags.set(name, seen);
      await writeFileAtomic(path, stringifyJson(Object.fromEntries(tags), 1), { mode: 0o600 });
    },
  };
}

async function read(path: string): Promise<Map<string, SeenTag>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return new TextEncoder().encode("{}");
    throw error;
  });
  const json = parseJsonBytes(bytes, { ...DEFAULT_JSON_LIMITS, maxLength: MAX_BYTES });
  return new Map(json.names().map((name) => [name, readSeen(json.get(name))]));
}

function readSeen(json: Json): SeenTag {
  const digest = json.get("digest").string();
  if (!isDigest(digest)) throw json.get("digest").unexpected("a digest");
  return { sequence: json.get("sequence").integerBetween(0, Number.MAX_SAFE_INTEGER), digest };
}
