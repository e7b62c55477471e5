/**
 * What a registry says of a package: for lockfiles of newer yarns, whose checksums are those of archives that yarn makes
 * itself and not of the registry's. What it says is kept, so the same lockfile means the same content from then on.
 * @see {@link https://github.com/npm/registry/blob/ae49abf1bac0ec1a3f3f1fceea1cca6fe2dc00e1/docs/responses/package-metadata.md}
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { explainCache } from "../assemble/cache-error.ts";
import type { BuildErrorCode } from "../errors.ts";
import type { LockNode } from "../lock/graph.ts";
import { isObject } from "../lock/manifest.ts";
import type { HttpClient } from "./http.ts";
import { type Integrity, parseIntegrity } from "./integrity.ts";
import type { NpmRegistries } from "./registries.ts";

/** How to ask. */
export interface PackumentOptions {
  readonly folder: string;
  readonly registries: NpmRegistries;
  readonly client: HttpClient;
  readonly signal?: AbortSignal | undefined;
}

const MAX_BYTES = 128 * 1024 * 1024;

/** The digest that the registry says of a package's archive. @throws TeuError `ERR_PACKAGE_FETCH`, `ERR_PACKAGE_INTEGRITY` */
export async function integrityAtRegistry(node: LockNode, options: PackumentOptions): Promise<readonly Integrity[]> {
  const checksum = node.source.kind === "registry" ? (node.source.yarnChecksum ?? "") : "";
  const key = createHash("sha256").update(`${node.name}@${node.version} ${checksum}`).digest("hex");
  const path = join(options.folder, "yarn", key.slice(0, 2), key.slice(2));
  const known = parseIntegrity(await readFile(path, "utf8").catch(() => ""));
  if (known.length > 0) return known;
  const text = await ask(node, options);
  const integrity = parseIntegrity(text);
  if (integrity.length === 0) {
    throw new TeuError<BuildErrorCode>(
      "ERR_PACKAGE_INTEGRITY",
      `Asking for package "${node.name}@${node.version}": the registry has no digest of it`,
    );
  }
  await explainCache(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, text, { durable: false });
  });
  return integrity;
}

async function ask({ name, version }: LockNode, { client, registries, signal }: PackumentOptions): Promise<string> {
  const what = `what the registry says of package "${name}@${version}"`;
  const url = (await registries.registryOf(name)) + name.replace("/", "%2f");
  const source = await client.get(url, what, { accept: "application/vnd.npm.install-v1+json", signal });
  const bytes = await collect(source, { maxBytes: MAX_BYTES, what });
  const versions = parse(bytes)["versions"];
  const found = isObject(versions) ? versions[version] : undefined;
  const dist = isObject(found) ? found["dist"] : undefined;
  const { integrity, shasum } = isObject(dist) ? dist : {};
  if (typeof integrity === "string") return integrity;
  return typeof shasum === "string" ? `sha1-${Buffer.from(shasum, "hex").toString("base64")}` : "";
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
