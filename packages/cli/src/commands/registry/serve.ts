/**
 * `teu registry serve`: serves until it is interrupted.
 * @module
 */
import { once } from "node:events";
import { type RegistryConfig } from "@teu/registry-server/config/config";
import { startService } from "@teu/registry-server/operate/service";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";
import { Upstreams } from "./upstreams.ts";

/** Runs the command. SIGHUP reads configuration, users and keys again. */
export const serve: Action = async (invocation, host) => {
  limitMemory(host);
  const place = await readPlace(invocation, host);
  const overrides = readOverrides(invocation);
  const config = { ...place.config, ...overrides };
  const log = invocation.flag("quiet") ? undefined : lineWriter(host.note);
  using upstreams = new Upstreams(place.folder);
  const openUpstream = upstreams.open;
  await using service = await startService({ ...place, config, overrides, log, env: host.env, openUpstream });
  host.out(`${service.url}\n`);
  const reload = (): void => {
    service.reload().then(
      () => host.note("Configuration, users and keys were read again"),
      (error: unknown) => host.note(`Nothing was changed: ${error instanceof Error ? error.message : String(error)}`),
    );
  };
  process.on("SIGHUP", reload);
  if (!host.signal.aborted) await once(host.signal, "abort");
  process.off("SIGHUP", reload);
  host.note("Waiting for requests under way");
  return EXIT.ok;
};

/**
 * Node keeps garbage until it has several times the memory that a registry needs, which can only be set when it starts: so
 * it starts once more, as the same process.
 */
function limitMemory({ env }: Host): void {
  if (env !== process.env || `${process.execArgv.join(" ")} ${env["NODE_OPTIONS"]}`.includes("no-maglev")) return;
  const words = [process.execPath, ...process.execArgv, ...MEMORY, ...process.argv.slice(1)];
  process.execve?.(process.execPath, words, { ...THREADS, ...process.env });
}

/** A few MB for young objects; the heap grows by a fifth at a time; one compiler less, and one thread for it. */
const MEMORY = [
  "--max-semi-space-size=2",
  "--heap-growing-percent=20",
  "--no-maglev",
  "--v8-pool-size=1",
  "--disable-warning=ExperimentalWarning",
] as const;

/** The allocator keeps what is free in one place and not for each thread; more files are synced at once than Node would. */
const THREADS = { MALLOC_ARENA_MAX: "1", UV_THREADPOOL_SIZE: "8" } as const;

function readOverrides({ option }: Invocation): Partial<RegistryConfig> {
  const [host, port, key, cert] = [option("host"), option("port"), option("tls-key"), option("tls-cert")];
  if (port !== undefined && !(/^[0-9]{1,5}$/.test(port) && Number(port) <= 65_535))
    throw wrong(`port ${JSON.stringify(port)}, expected a number up to 65535`);
  if ((key === undefined) !== (cert === undefined)) throw wrong("one of --tls-key and --tls-cert, expected both");
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(key === undefined || cert === undefined ? {} : { tls: { key, cert } }),
  };
}

function wrong(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `teu registry serve got ${problem}`);
}

/** Lines that come in one turn of the event loop go out as one. */
function lineWriter(note: (line: string) => void): (line: string) => void {
  let lines: string[] = [];
  return (line) => {
    if (lines.push(line) > 1) return;
    setImmediate(() => {
      note(lines.join("\n"));
      lines = [];
    });
  };
}
