/**
 * `teu artifact push` and `pull`, and what `teu referrers` does.
 * @module
 */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { copy } from "@teu/content/copy";
import { parseImagePlace } from "@teu/content/image-place";
import type { Graph } from "@teu/content/overlay";
import { listReferrers } from "@teu/content/referrers";
import type { Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { stringifyJson } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import { sourceDateEpoch } from "@teu/std/time";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { readAnnotationFile } from "../../images/annotation-file.ts";
import { numberOption, openRegistries, readPairs } from "../../images/client.ts";
import { type OpenedTarget, openBeside, openSource, openTarget } from "../../images/open-image.ts";
import { type ArtifactOptions, packFiles } from "../../images/pack-artifact.ts";
import { showProgress } from "../../images/progress.ts";
import { watchReads } from "../../images/watch-reads.ts";
import { writeArtifact } from "../../images/write-artifact.ts";
import { wantsJson } from "../image/output.ts";

const DEFAULT_TYPE = "application/vnd.unknown.artifact.v1";

/** Runs `teu artifact push`. */
export const pushArtifact: Action = async (invocation, host) => {
  const [name = "", ...files] = invocation.operands;
  await using artifact = await packFiles({ ...optionsOf(invocation, host), files });
  using registries = openRegistries(invocation, host);
  await using target = await openTarget(parseImagePlace(name), { registries, host });
  await put(artifact, target, invocation, host);
  return EXIT.ok;
};

/** Runs `teu artifact pull`. */
export const pullArtifact: Action = async (invocation, host) => {
  const [name = "", folder = "."] = invocation.operands;
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(name), { registries, host });
  await writeFiles(source, folder, invocation, host);
  return EXIT.ok;
};

/** Runs `teu referrers attach`. */
export const attach: Action = async (invocation, host) => {
  const [name = "", ...files] = invocation.operands;
  const place = parseImagePlace(name);
  using registries = openRegistries(invocation, host);
  await using source = await openSource(place, { registries, host });
  await using artifact = await packFiles({ ...optionsOf(invocation, host), files, subject: source.root });
  await using target = await openBeside(place, source, { registries, host });
  await put(artifact, { ...target, tags: [], finish: async () => {} }, invocation, host);
  return EXIT.ok;
};

async function put(artifact: Graph, target: OpenedTarget, invocation: Invocation, host: Host): Promise<void> {
  using progress = showProgress(host, { quiet: invocation.flag("quiet") });
  const root = await copy(artifact.store, target.store, artifact.root, {
    tags: target.tags,
    concurrency: numberOption(invocation, "jobs"),
    signal: host.signal,
    onEvent: progress.onEvent,
  });
  await target.finish(root);
  progress[Symbol.dispose]();
  host.out(`${root.digest}\n`);
}

async function writeFiles({ store, root }: Graph, folder: string, invocation: Invocation, host: Host): Promise<void> {
  using watched = watchReads(store, host, { quiet: invocation.flag("quiet") });
  const options = { folder: resolve(host.cwd, folder), signal: host.signal };
  for await (const file of writeArtifact(watched.store, root, options)) host.out(`${printable(file)}\n`);
}

function optionsOf(invocation: Invocation, host: Host): Omit<ArtifactOptions, "files"> {
  return {
    cwd: host.cwd,
    temporary: host.env["TMPDIR"] ?? tmpdir(),
    epoch: sourceDateEpoch(host.env),
    artifactType: invocation.option("type") ?? DEFAULT_TYPE,
    ...annotationsOf(invocation, host),
    signal: host.signal,
  };
}

/** Annotations of a file and of the command line, which count more. */
function annotationsOf(
  invocation: Invocation,
  { cwd }: Host,
): Pick<ArtifactOptions, "annotations" | "fileAnnotations"> {
  const annotations = readPairs(invocation.options("annotation"), "annotation");
  const path = invocation.option("annotation-file");
  if (path === undefined) return { annotations, fileAnnotations: new Map() };
  const { manifest, files } = readAnnotationFile(resolve(cwd, path));
  return { annotations: { ...manifest, ...annotations }, fileAnnotations: files };
}

/** Runs `teu referrers ls`. */
export const listAll: Action = async (invocation, host) => {
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(invocation.operands[0] ?? ""), { registries, host });
  const options = { artifactType: invocation.option("type"), signal: host.signal };
  const found = await Array.fromAsync(listReferrers(source.store, source.root, options));
  if (wantsJson(invocation)) host.out(`${stringifyJson(found)}\n`);
  else for (const each of found) host.out(`${line(each)}\n`);
  return EXIT.ok;
};

const MAX_DEPTH = 16;
const MAX_SHOWN = 10_000;

/** An image and what refers to it. */
interface Referred {
  readonly descriptor: Descriptor;
  readonly referrers: readonly Referred[];
}

/** Runs `teu referrers tree`. */
export const tree: Action = async (invocation, host) => {
  const isJson = wantsJson(invocation);
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(invocation.operands[0] ?? ""), { registries, host });
  const { root, store, name } = source;
  const found = await findBelow({ store, host, shown: new Set([root.digest]) }, root, 0);
  if (isJson) host.out(`${stringifyJson(plain(found))}\n`);
  else {
    host.out(`${root.digest} ${printable(name)}\n`);
    show(found.referrers, host, "");
  }
  return EXIT.ok;
};

interface Search {
  readonly store: Source;
  readonly host: Host;
  /** Digests that were met: what refers to itself in a circle ends there. */
  readonly shown: Set<string>;
}

async function findBelow(search: Search, descriptor: Descriptor, depth: number): Promise<Referred> {
  const { store, host, shown } = search;
  const referrers: Referred[] = [];
  for await (const each of listReferrers(store, descriptor, { signal: host.signal })) {
    const isKnown = shown.has(each.digest) || shown.size >= MAX_SHOWN || depth >= MAX_DEPTH;
    shown.add(each.digest);
    referrers.push(isKnown ? { descriptor: each, referrers: [] } : await findBelow(search, each, depth + 1));
  }
  return { descriptor, referrers };
}

function plain({ descriptor, referrers }: Referred): object {
  return { ...descriptor, referrers: referrers.map(plain) };
}

function show(referrers: readonly Referred[], host: Host, indent: string): void {
  for (const [at, { descriptor, referrers: below }] of referrers.entries()) {
    const isLast = at === referrers.length - 1;
    host.out(`${indent}${isLast ? "└─" : "├─"} ${line(descriptor)}\n`);
    show(below, host, `${indent}${isLast ? "   " : "│  "}`);
  }
}

function line({ digest, artifactType, size, annotations }: Descriptor): string {
  const created = annotations?.["org.opencontainers.image.created"];
  return printable(
    [digest, artifactType ?? "-", `${size} bytes`, ...(created === undefined ? [] : [created])].join("  "),
  );
}

/** Runs `teu referrers get`. */
export const get: Action = async (invocation, host) => {
  const [name = "", folder = "."] = invocation.operands;
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(name), { registries, host });
  const artifactType = invocation.option("type");
  const found = await Array.fromAsync(listReferrers(source.store, source.root, { artifactType, signal: host.signal }));
  const [only] = found;
  if (only === undefined || found.length > 1) throw notOne(source.name, found);
  await writeFiles({ store: source.store, root: only }, folder, invocation, host);
  return EXIT.ok;
};

function notOne(name: string, found: readonly Descriptor[]): TeuError<CliErrorCode> {
  const message = `Reading the referrer of "${name}": ${found.length} fit, expected one`;
  const types = [...new Set(found.map(({ artifactType }) => artifactType ?? "-"))].join(", ");
  return new TeuError("ERR_IMAGE_MISSING", message, found.length === 0 ? {} : { hint: `Choose by --type: ${types}` });
}
