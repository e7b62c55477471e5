/**
 * `teu registry serve` as a process of its own, on a free port of the loopback interface.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { projectRoot } from "../../tools/project.ts";

/** A registry that runs. Disposing of it interrupts it and waits for its end. */
export interface Server extends AsyncDisposable {
  /** Such as `127.0.0.1:40123`. */
  readonly host: string;
  readonly url: string;
  readonly process: ChildProcess;
}

/** Starts `teu` with words, as on a command line. */
export function startTeu(words: readonly string[], stdin: "ignore" | "pipe" = "ignore"): ChildProcess {
  return startNode(join(projectRoot, "packages/cli/src/main.ts"), words, { stdin });
}

function startNode(
  script: string,
  words: readonly string[],
  { stdin, env = {} }: { readonly stdin: "ignore" | "pipe"; readonly env?: Readonly<Record<string, string>> },
): ChildProcess {
  const options = ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning", script, ...words];
  const all = { NODE_COMPILE_CACHE: join(projectRoot, ".setup/compile-cache"), ...process.env, ...env };
  return spawn(process.execPath, options, { stdio: [stdin, "pipe", "pipe"], env: all });
}

/** Starts a registry. */
export function startServer(words: readonly string[]): Promise<Server> {
  return untilListening(startTeu(["registry", "serve", "--port", "0", ...words]));
}

/** Starts one node of a registry from its configuration, without the command around it. */
export function startServiceNode(
  config: string,
  root: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  return untilListening(startNode(join(import.meta.dirname, "node.ts"), [config, root], { stdin: "ignore", env }));
}

async function untilListening(child: ChildProcess): Promise<Server> {
  const messages: string[] = [];
  const remember = (chunk: Buffer): void => void messages.push(chunk.toString());
  child.stderr?.on("data", remember);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const first = await Promise.race([once(lines, "line"), once(child, "exit")]);
  const url = String(first[0]);
  if (!/^https?:/.test(url)) throw new Error(`the registry ended: ${messages.join("")}`);
  // Whoever serves for an hour logs more than anybody wants to remember; but it has to be read.
  child.stderr?.off("data", remember).resume();
  return {
    url,
    host: new URL(url).host,
    process: child,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
