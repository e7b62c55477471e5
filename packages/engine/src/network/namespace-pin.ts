/**
 * Keeps the network namespace of a container beyond its last process. Plug-ins take back all that they set up on the host
 * only where they can still look into it.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import { containerFolders } from "../containers/record.ts";
import { type Engine, monitorPath } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import type { EngineFolders } from "../folders.ts";

/** Where the namespace of a container is kept. */
export function namespacePin(folders: EngineFolders, id: string): string {
  return join(containerFolders(folders, id).run, "netns");
}

/** Keeps the network namespace of the process `pid`; its path. @throws TeuError `ERR_CONTAINER_NETWORK` */
export async function pinNamespace({ folders }: Engine, id: string, pid: number): Promise<string> {
  const pin = namespacePin(folders, id);
  writeFileSync(pin, "", { mode: 0o600 });
  if ((await runMonitor(["pin", `/proc/${pid}/ns/net`, pin])) === 0) return pin;
  throw new TeuError<EngineErrorCode>(
    "ERR_CONTAINER_NETWORK",
    `Keeping the network namespace of process ${pid}: it failed`,
  );
}

/** Lets the namespace go. One that is gone is fine. */
export async function unpinNamespace({ folders }: Engine, id: string): Promise<void> {
  const pin = namespacePin(folders, id);
  await runMonitor(["unpin", pin]);
  rmSync(pin, { force: true });
}

async function runMonitor(words: readonly string[]): Promise<number | null> {
  const child = spawn(monitorPath(), words, { stdio: "ignore" });
  return ((await once(child, "exit")) as [number | null])[0];
}
