/** The reader of htpasswd files: what it accepts is written and read again alike. */
import assert from "node:assert/strict";
import { formatHtpasswd, isUserName, parseHtpasswd } from "@teu/registry-server/auth/htpasswd";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "registry-htpasswd",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    try {
      const users = parseHtpasswd(new TextDecoder().decode(input));
      for (const user of users.keys()) assert.ok(isUserName(user));
      const again = parseHtpasswd(formatHtpasswd(users));
      assert.deepEqual(again, users);
    } catch (error) {
      if (!isTeuError(error, "ERR_HTPASSWD_INVALID")) throw error;
    }
  },
};

const HASH = `$2y$10$${"Ab./1".repeat(10)}xyz`;
const SEEDS = [`alice:${HASH}\nbob:${HASH}\n`, `# users\r\n\r\na@b.example:${HASH}\r\n`, "x:{SHA}aaa\n", ":\n"];
