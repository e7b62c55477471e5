/** The reader of a registry's configuration: YAML from people, of which nothing but a list of faults may come. */
import assert from "node:assert/strict";
import { parseConfig } from "@teu/registry-server/config/config";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "registry-config",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    try {
      const { port, rules } = parseConfig(new TextDecoder().decode(input));
      assert.ok(port >= 0 && port <= 65_535 && Array.isArray(rules));
    } catch (error) {
      if (!isTeuError(error, "ERR_SERVER_CONFIG")) throw error;
      assert.ok((error.detail as { readonly issues: readonly string[] }).issues.length > 0);
    }
  },
};

const SEEDS = [
  "port: 5000\nroot: /data\nlease: 24h\nmaxBlob: 10 GiB\n",
  'rules:\n  - { repositories: ["a/**"], who: [anyone, "group:x"], allow: [pull, push] }\ngroups: { x: [a] }\n',
  "repositories:\n- match: prod/**\n  immutableTags: ['v*']\n  retention: { keepLast: 3, pulledWithin: 3d }\n",
  "a: &b [1, 2]\nc: *b\n<<: *b\n",
  "? - x\n: |\n  text\n  more\n",
  "%YAML 1.2\n---\n!!str a: !t b\n...\n---\nc\n",
];
