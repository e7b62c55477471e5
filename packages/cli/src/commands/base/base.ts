/**
 * `teu base debian` and `teu base node`.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { readAptHost, type AptHost } from "@teu/build/base/apt/host";
import { parseSources } from "@teu/build/base/apt/sources";
import { type BaseLock, formatLock, lockInvalid, parseLock } from "@teu/build/base/lock";
import { type MadeBases, type MakeOptions, basesGraph, chooseBase, makeBase } from "@teu/build/base/make-base";
import type { BaseContext, BaseRequest } from "@teu/build/base/options";
import { DEBIAN_PACKAGES, DEBIAN_WITHOUT, nodeBaseRequest } from "@teu/build/base/presets";
import { copy } from "@teu/content/copy";
import { parseImagePlace } from "@teu/content/image-place";
import type { Platform } from "@teu/spec/platform";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import { sourceDateEpoch } from "@teu/std/time";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { hostPlatform, numberOption, openRegistries, readPlatform } from "../../images/client.ts";
import { openTarget } from "../../images/open-image.ts";
import { printJson, printTable, sizeText, wantsJson } from "../image/output.ts";
import { baseCacheFolder } from "./cache-folder.ts";
import { tellBase } from "./tell.ts";

/** Runs `teu base debian`. */
export const baseDebian: Action = async (invocation, host) => {
  const request = { platforms: platformsOf(invocation), packages: DEBIAN_PACKAGES, without: DEBIAN_WITHOUT };
  return await run(adjust(request, invocation.operands, invocation), "debian-base", invocation, host);
};

/** Runs `teu base node`. */
export const baseNode: Action = async (invocation, host) => {
  const request = nodeBaseRequest(platformsOf(invocation), invocation.operands[0]);
  return await run(adjust(request, invocation.options("package"), invocation), "node-base", invocation, host);
};

function platformsOf(invocation: Invocation): readonly Platform[] {
  const asked = invocation.options("platform").flatMap((text) => text.split(","));
  return asked.length === 0 ? [hostPlatform()] : asked.map(readPlatform);
}

/** The request with the packages that the command line adds and leaves out. */
function adjust(request: BaseRequest, packages: readonly string[], invocation: Invocation): BaseRequest {
  const all = invocation.flag("bare") ? packages : [...request.packages, ...packages];
  // What is asked for by name is not left out because nobody usually needs it.
  const usual = invocation.flag("complete")
    ? []
    : request.without.filter((name) => !all.some((text) => namesOf(text).includes(name)));
  return { ...request, packages: all, without: [...usual, ...invocation.options("without")] };
}

function namesOf(text: string): readonly string[] {
  return text.split(/[,|]/).map((part) => /^[^\s(:=]*/.exec(part.trim())?.[0] ?? "");
}

async function run(request: BaseRequest, name: string, invocation: Invocation, host: Host): Promise<ExitCode> {
  const context = await contextOf(invocation, host);
  if (invocation.flag("list")) {
    printPackages(await chooseBase(request, context), invocation, host);
    return EXIT.ok;
  }
  await using made = await makeBase(request, await optionsOf(invocation, host), context);
  const file = lockFile(invocation, host);
  if (file !== undefined && !invocation.flag("locked")) await writeFileAtomic(file, formatLock(made.lock));
  host.out(`${await write(made, invocation.option("output") ?? `store:${name}`, invocation, host)}\n`);
  return EXIT.ok;
}

async function contextOf(invocation: Invocation, host: Host): Promise<BaseContext> {
  return {
    apt: await aptOf(invocation, host),
    cacheFolder: baseCacheFolder(host),
    env: host.env,
    folder: host.cwd,
    signal: host.signal,
    onEvent: tellBase(host, { quiet: invocation.flag("quiet") }),
  };
}

async function aptOf(invocation: Invocation, host: Host): Promise<AptHost> {
  const own = await readAptHost();
  const lines = invocation.options("source");
  const keyrings = invocation.options("keyring").map((file) => resolve(host.cwd, file));
  return {
    ...own,
    sources: lines.length === 0 ? own.sources : parseSources(lines.join("\n"), "--source"),
    keyrings: keyrings.length === 0 ? own.keyrings : keyrings,
  };
}

async function optionsOf(invocation: Invocation, host: Host): Promise<MakeOptions> {
  const user = invocation.option("user");
  return {
    lock: await lockOf(invocation, host),
    keepsDocs: invocation.flag("docs"),
    ignoreScriptsOf: invocation.options("ignore-scripts-of"),
    acceptScripts: invocation.options("accept-script"),
    maxLayers: numberOption(invocation, "layers") ?? 4,
    compression: compressionOf(invocation),
    epochSeconds: sourceDateEpoch(host.env)?.seconds,
    ...(user === undefined ? {} : { user }),
  };
}

function compressionOf(invocation: Invocation): "gzip" | "zstd" {
  const name = invocation.option("compression") ?? "gzip";
  if (name === "gzip" || name === "zstd") return name;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `The compression "${name}" is not known, expected gzip or zstd`);
}

function lockFile(invocation: Invocation, host: Host): string | undefined {
  const file = invocation.option("lock");
  return file === undefined ? undefined : resolve(host.cwd, file);
}

async function lockOf(invocation: Invocation, host: Host): Promise<BaseLock | undefined> {
  if (!invocation.flag("locked")) return undefined;
  const file = lockFile(invocation, host);
  if (file === undefined) throw new TeuError<CliErrorCode>("ERR_USAGE", "The option --locked needs --lock FILE");
  try {
    return parseLock(await readFile(file, "utf8"), file);
  } catch (error) {
    throw error instanceof TeuError ? error : lockInvalid(file, (error as Error).message, error);
  }
}

function printPackages(lock: BaseLock, invocation: Invocation, host: Host): void {
  if (wantsJson(invocation)) {
    printJson(host, lock);
    return;
  }
  const rows = lock.platforms.flatMap(({ platform, packages, node }) => [
    ...packages.map(({ name, version, size }) => [platform, name, version, sizeText(size)]),
    ...(node === undefined ? [] : [[platform, node.name, node.version, ""]]),
  ]);
  printTable(host, ["PLATFORM", "PACKAGE", "VERSION", "SIZE"], rows);
}

/** Writes the image and what is said of it, and gives its digest. */
async function write(made: MadeBases, place: string, invocation: Invocation, host: Host): Promise<string> {
  using registries = openRegistries(invocation, host);
  await using target = await openTarget(parseImagePlace(place, "store"), { registries, host });
  const { root, store } = basesGraph(made);
  const { signal } = host;
  const written = await copy(store, target.store, root, { tags: target.tags, signal });
  for (const { sbom, reader } of made.images) await copy(reader, target.store, sbom, { signal });
  await target.finish(written);
  return written.digest;
}
