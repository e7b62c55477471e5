/**
 * `teu artifact push` and `pull`, and what `teu referrers` does.
 * @module
 */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { parseImagePlace } from "@teu/content/image-place";
import { listReferrers } from "@teu/content/referrers";
import type { Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import { parseReference, withDefaultTag } from "@teu/spec/reference";
import { stringifyJson } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import { sourceDateEpoch } from "@teu/std/time";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { putArtifact, writeArtifact } from "../../images/artifact.ts";
import { openRegistries, readPairs } from "../../images/client.ts";
import { openSource, openTarget } from "../../images/open-image.ts";

const DEFAULT_TYPE = "application/vnd.unknown.artifact.v1";

/** Runs `teu artifact push`. */
export const pushArtifact: Action = async (invocation, host) => {
  const [name = "", ...files] = invocation.operands;
  using registries = openRegistries(invocation, host);
  await using target = await openTarget(parseImagePlace(name), { registries, host });
  const root = await putArtifact(target.store, { ...optionsOf(invocation, host), files });
  for (const tag of target.tags) await target.store.tag(tag, root, { signal: host.signal });
  if (target.tags.length === 0) await target.store.keep(root, { signal: host.signal });
  await target.finish();
  host.out(`${root.digest}\n`);
  return EXIT.ok;
};

/** Runs `teu artifact pull`. */
export const pullArtifact: Action = async (invocation, host) => {
  const [name = "", folder = "."] = invocation.operands;
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(name), { registries, host });
  const options = { folder: resolve(host.cwd, folder), signal: host.signal };
  for await (const file of writeArtifact(source.store, source.root, options)) host.out(`${printable(file)}\n`);
  return EXIT.ok;
};

/** Runs `teu referrers attach`. */
export const attach: Action = async (invocation, host) => {
  const [name = "", ...files] = invocation.operands;
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(name), { registries, host });
  const repository = await registries.target(withDefaultTag(parseReference(source.name)));
  const root = await putArtifact(repository, { ...optionsOf(invocation, host), files, subject: source.root });
  host.out(`${root.digest}\n`);
  return EXIT.ok;
};

function optionsOf(invocation: Invocation, host: Host): Omit<Parameters<typeof putArtifact>[1], "files"> {
  return {
    cwd: host.cwd,
    temporary: host.env["TMPDIR"] ?? tmpdir(),
    epoch: sourceDateEpoch(host.env),
    artifactType: invocation.option("type") ?? DEFAULT_TYPE,
    annotations: readPairs(invocation.options("annotation"), "annotation"),
    signal: host.signal,
  };
}

/** Runs `teu referrers ls`. */
export const listAll: Action = async (invocation, host) => {
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(invocation.operands[0] ?? ""), { registries, host });
  const options = { artifactType: invocation.option("type"), signal: host.signal };
  const found = await Array.fromAsync(listReferrers(source.store, source.root, options));
  if (invocation.option("format") === "json") host.out(`${stringifyJson(found)}\n`);
  else for (const each of found) host.out(`${line(each)}\n`);
  return EXIT.ok;
};

const MAX_DEPTH = 16;
const MAX_SHOWN = 10_000;

/** Runs `teu referrers tree`. */
export const tree: Action = async (invocation, host) => {
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(invocation.operands[0] ?? ""), { registries, host });
  host.out(`${source.root.digest} ${printable(source.name)}\n`);
  const shown = new Set<string>([source.root.digest]);
  await showBelow({ store: source.store, host, shown }, source.root, "");
  return EXIT.ok;
};

interface Tree {
  readonly store: Source;
  readonly host: Host;
  readonly shown: Set<string>;
}

async function showBelow(where: Tree, subject: Descriptor, indent: string): Promise<void> {
  const { store, host, shown } = where;
  const found = await Array.fromAsync(listReferrers(store, subject, { signal: host.signal }));
  for (const [at, each] of found.entries()) {
    const isLast = at === found.length - 1;
    host.out(`${indent}${isLast ? "└─" : "├─"} ${line(each)}\n`);
    const isKnown = shown.has(each.digest) || shown.size >= MAX_SHOWN || indent.length >= 3 * MAX_DEPTH;
    shown.add(each.digest);
    if (!isKnown) await showBelow(where, each, `${indent}${isLast ? "   " : "│  "}`);
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
  const options = { folder: resolve(host.cwd, folder), signal: host.signal };
  for await (const file of writeArtifact(source.store, only, options)) host.out(`${printable(file)}\n`);
  return EXIT.ok;
};

function notOne(name: string, found: readonly Descriptor[]): TeuError<CliErrorCode> {
  const message = `Reading the referrer of "${name}": ${found.length} fit, expected one`;
  const types = [...new Set(found.map(({ artifactType }) => artifactType ?? "-"))].join(", ");
  return new TeuError("ERR_IMAGE_MISSING", message, found.length === 0 ? {} : { hint: `Choose by --type: ${types}` });
}
