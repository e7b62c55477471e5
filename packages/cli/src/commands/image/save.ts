/**
 * `teu save` and `teu load`: images of the store to an archive and back.
 * @module
 */
import { resolve } from "node:path";
import { createArchive } from "@teu/content/archive-writer";
import { copy } from "@teu/content/copy";
import { type DockerArchive, openDockerArchive } from "@teu/content/docker-archive";
import { isFilePlace, parseImagePlace } from "@teu/content/image-place";
import { openLayout } from "@teu/content/layout-store";
import type { Root, Target } from "@teu/content/store";
import { formatReference, parseReference, withDefaultTag } from "@teu/spec/reference";
import { TeuError, isTeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openSource, storeFolder } from "../../images/open-image.ts";
import { type Progress, showProgress } from "../../images/progress.ts";
import { hostPlatform, openRegistries, readPlatform } from "../../images/client.ts";

/** Runs `teu save`. */
export const save: Action = async (invocation, host) => {
  const output = outputOf(invocation, host);
  const platform = invocation.option("platform");
  const format = formatOf(invocation);
  await using archive = await createArchive(output, {
    format,
    platform: platform === undefined ? hostPlatform() : readPlatform(platform),
  });
  using registries = openRegistries(invocation, host);
  using progress = showProgress(host, { quiet: invocation.flag("quiet") || host.terminal === undefined });
  for (const text of invocation.operands) {
    const location = parseImagePlace(text, "store");
    await using source = await openSource(location, { registries, host });
    const { store, root } = source;
    await copy(store, archive, root, {
      tags: [nameOf(isFilePlace(location) ? source.name : location.name)],
      ...(platform === undefined ? {} : { platform: readPlatform(platform) }),
      signal: host.signal,
      onEvent: progress.onEvent,
    });
  }
  await archive.commit();
  return EXIT.ok;
};

/** @throws TeuError `ERR_USAGE` */
function outputOf(invocation: Invocation, host: Host): string {
  const output = invocation.option("output");
  if (output !== undefined && output !== "-") return resolve(host.cwd, output);
  if (output === "-" || !process.stdout.isTTY) return "/dev/stdout";
  throw new TeuError<CliErrorCode>("ERR_USAGE", "Saving to a terminal: expected -o FILE, or a pipe");
}

/** @throws TeuError `ERR_USAGE` */
function formatOf(invocation: Invocation): "docker" | "oci" {
  const format = invocation.option("format") ?? "docker";
  if (format === "docker" || format === "oci") return format;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading option --format "${format}": expected docker or oci`);
}

/** The name that an image has in an archive: a full one, where what names it can be one. */
function nameOf(text: string): string {
  const place = text.lastIndexOf(":") > 0 ? text.replace(/^(?:oci|oci-archive|docker-archive|dir):[^:]*:?/, "") : text;
  const reference = withDefaultTag(parseReference(place === "" ? "image" : place));
  const { digest: _, ...named } = reference;
  return formatReference(withDefaultTag(named));
}

/** Runs `teu load`. */
export const load: Action = async (invocation, host) => {
  await using archive = await openDockerArchive(inputOf(invocation, host), { signal: host.signal });
  await using store = await openLayout(storeFolder(host), { create: true });
  using progress = showProgress(host, { quiet: invocation.flag("quiet") || host.terminal === undefined });
  const loaded = await loadRoots(archive, store, { host, progress });
  progress[Symbol.dispose]();
  for (const line of loaded) host.out(`${line}\n`);
  return EXIT.ok;
};

interface Loading {
  readonly host: Host;
  readonly progress: Progress;
}

async function loadRoots(archive: DockerArchive, store: Target, { host, progress }: Loading): Promise<string[]> {
  const { signal } = host;
  const lines: string[] = [];
  for await (const { name, descriptor } of archive.roots({ signal })) {
    const full = name === undefined ? undefined : fullName(name);
    await copy(archive, store, descriptor, {
      tags: full === undefined ? [] : [full],
      signal,
      onEvent: progress.onEvent,
    });
    lines.push(full === undefined ? `Loaded image ID: ${descriptor.digest}` : `Loaded image: ${full}`);
  }
  return lines;
}

/** The full name that a name in an archive stands for; nothing for a tag alone, which names no image. */
function fullName(name: NonNullable<Root["name"]>): string | undefined {
  if (!/[/:]/.test(name)) return undefined;
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch (error) {
    if (isTeuError(error)) return undefined;
    throw error;
  }
}

/** The archive as a path, or as bytes that come on standard input. */
function inputOf(invocation: Invocation, host: Host): string | AsyncIterable<Uint8Array> {
  const input = invocation.option("input");
  if (input !== undefined && input !== "-") return resolve(host.cwd, input);
  if (host.input !== undefined && (input === "-" || !process.stdin.isTTY)) return host.input;
  throw new TeuError<CliErrorCode>("ERR_USAGE", "Loading from a terminal: expected -i FILE, or a pipe");
}
