/**
 * A container in the foreground of a command that does no more than that: the command becomes the program `teu-monitor`, which
 * starts the container, passes its streams and signals on, and ends as it does. So nothing of Node is kept for as long as the
 * container runs, nor has to be brought to an end behind it.
 * @module
 */
import { type Engine, monitorPath } from "../engine.ts";
import { hasNetwork, monitorEnvironment, prepareStart } from "./prepare-start.ts";
import type { ContainerRecord } from "./record.ts";

/** A program to become. */
export interface ForegroundProgram {
  readonly words: readonly [program: string, ...words: string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Whether that is possible: a terminal has keys to leave it, and a network or a volume is nothing that the program knows. */
export function canBecomeForeground(record: ContainerRecord): boolean {
  const { terminal, autoRemove } = record.options;
  const hasVolumes = record.volumes.some(({ anonymous }) => anonymous);
  return !terminal && !hasNetwork(record) && !(autoRemove && hasVolumes);
}

/**
 * Prepares the start of a container that does not run, and gives the program to become. Where the start fails it runs the
 * engine's command `failed ID`. @throws TeuError as `startContainer` does before the start
 */
export async function foregroundProgram(engine: Engine, record: ContainerRecord): Promise<ForegroundProgram> {
  const { run } = await prepareStart(engine, record);
  const input = record.options.interactive ? "1" : "0";
  const words = [monitorPath(), "start", run, input, ...engine.self, "failed", record.id] as const;
  const env = Object.entries(monitorEnvironment()).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { words, env: Object.fromEntries(env) };
}
