/**
 * Finds the commands that a command line may mean without loading the descriptions of all others, which every start would
 * pay for.
 * @module
 */
import type { Command } from "./command.ts";

/** For each file of commands, the words that their names begin with. */
const FAMILIES: readonly (readonly [words: string, load: () => Promise<readonly Command[]>])[] = [
  [
    "pull push copy sync tag login logout repo referrers manifest blob artifact",
    async () => (await import("./commands/client/table.ts")).CLIENT_COMMANDS,
  ],
  [
    "run create start attach exec stop restart kill pause unpause wait rm rename ps logs inspect top stats port cp images rmi engine",
    async () => (await import("./commands/engine/table.ts")).ENGINE_COMMANDS,
  ],
  ["image save load", async () => (await import("./commands/image/table.ts")).IMAGE_COMMANDS],
  ["build", async () => (await import("./commands/build/table.ts")).BUILD_COMMANDS],
  ["sign verify attest attestation key", async () => (await import("./commands/trust/table.ts")).TRUST_COMMANDS],
  ["policy", async () => (await import("./commands/policy/table.ts")).POLICY_COMMANDS],
  ["registry", async () => (await import("./commands/registry/table.ts")).REGISTRY_COMMANDS],
];

/** The commands that begin with `word`, and perhaps others; all of them for a word that is not known here. */
export async function commandsFor(word: string | undefined): Promise<readonly Command[]> {
  const family = FAMILIES.find(([words]) => word !== undefined && words.split(" ").includes(word));
  return family === undefined ? (await import("./commands.ts")).COMMANDS : await family[1]();
}
