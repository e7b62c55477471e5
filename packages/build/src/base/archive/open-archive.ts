/**
 * Opens one suite of an archive of packages: its Release file, verified and fresh, and the indexes that it lists.
 * @module
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { joinDigest } from "@teu/spec/digest";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import type { AptSource } from "../apt/sources.ts";
import type { Downloads } from "../download/downloads.ts";
import { decompressXz } from "../xz/xz.ts";
import { splitClearSigned } from "./clear-signed.ts";
import { type IndexFacts, PackageIndex } from "./packages.ts";
import { type Release, checkFreshness, parseRelease } from "./release.ts";
import type { SeenReleases } from "./seen-releases.ts";
import { verifySignature } from "./verify-signature.ts";

/** What archives are opened with. */
export interface ArchiveContext {
  readonly downloads: Downloads;
  readonly seen: SeenReleases;
  /** Files of the keys that are trusted for every archive. */
  readonly keyrings: readonly string[];
  readonly checkValidUntil: boolean;
  readonly checkDate: boolean;
  /** Most seconds that a Release file counts after its date; nothing for no such bound. */
  readonly maxAgeSeconds?: number | undefined;
  readonly nowSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** A suite whose Release file is accepted. */
export interface OpenArchive {
  readonly source: AptSource;
  readonly release: Release;
  /** SHA-256 of the Release file's text. */
  readonly releaseSha256: string;
}

const MAX_RELEASE_BYTES = 32 * 2 ** 20;
const MAX_INDEX_BYTES = 512 * 2 ** 20;
const gunzipAsync = promisify(gunzip);

/**
 * Reads and verifies the Release file of a suite.
 * @throws TeuError `ERR_ARCHIVE_SIGNATURE`, `ERR_ARCHIVE_STALE`, `ERR_APT_ARCHIVE`, `ERR_DOWNLOAD`
 */
export async function openArchive(source: AptSource, context: ArchiveContext): Promise<OpenArchive> {
  const folder = suiteUrl(source);
  const { text, label } = await readRelease(source, folder, context);
  const release = parseRelease(text, label);
  const { trust } = source;
  checkFreshness(release, label, {
    nowSeconds: context.nowSeconds,
    checkValidUntil: trust.checkValidUntil ?? context.checkValidUntil,
    checkDate: trust.checkDate ?? context.checkDate,
    maxAgeSeconds: context.maxAgeSeconds,
    lastSeconds: context.seen.last(folder.href),
  });
  await context.seen.note(folder.href, release.dateSeconds);
  return { source, release, releaseSha256: createHash("sha256").update(text).digest("hex") };
}

function suiteUrl({ uri, suite }: AptSource): URL {
  return new URL(suite.endsWith("/") ? suite : `dists/${suite}/`, uri.replace(/^copy:/, "file:"));
}

interface ReleaseText {
  readonly text: string;
  /** For messages. */
  readonly label: string;
}

async function readRelease(source: AptSource, folder: URL, context: ArchiveContext): Promise<ReleaseText> {
  const read = async (name: string): Promise<Uint8Array | undefined> =>
    await context.downloads.read(new URL(name, folder), { maxBytes: MAX_RELEASE_BYTES, signal: context.signal });
  const inRelease = await read("InRelease");
  if (inRelease !== undefined) return await readInRelease(inRelease, { source, folder, context });
  const label = new URL("Release", folder).href;
  const release = await read("Release");
  if (release === undefined) throw archiveInvalid(label, "neither InRelease nor Release is there");
  const text = new TextDecoder().decode(release);
  if (source.trust.isTrusted) return { text, label };
  const signature = await read("Release.gpg");
  if (signature === undefined) throw unsigned(label, "it has no signature, expected a file Release.gpg beside it");
  await verify({ data: release, signature, label }, source, context);
  return { text, label };
}

async function readInRelease(
  bytes: Uint8Array,
  { source, folder, context }: { readonly source: AptSource; readonly folder: URL; readonly context: ArchiveContext },
): Promise<ReleaseText> {
  const label = new URL("InRelease", folder).href;
  const signed = splitClearSigned(new TextDecoder().decode(bytes));
  if (signed === undefined) throw unsigned(label, "it is not one clear-signed text");
  const { text, signature } = signed;
  if (!source.trust.isTrusted) {
    const encoder = new TextEncoder();
    // In signed texts lines end with both characters.
    const data = encoder.encode(text.replaceAll("\n", "\r\n"));
    await verify({ data, signature: encoder.encode(signature), label }, source, context);
  }
  return { text, label };
}

async function verify(
  signed: { readonly data: Uint8Array; readonly signature: Uint8Array; readonly label: string },
  { trust }: AptSource,
  { keyrings, signal }: ArchiveContext,
): Promise<void> {
  const isFingerprint = (text: string): boolean => /^[0-9A-Fa-f]{40,64}!?$/.test(text);
  const files = trust.signedBy.filter((text) => !isFingerprint(text));
  const fingerprints = trust.signedBy.filter(isFingerprint);
  await verifySignature({ ...signed, keys: files.length > 0 ? files : keyrings, fingerprints, signal });
}

/**
 * The indexes of a suite for one architecture.
 * @throws TeuError `ERR_APT_ARCHIVE` if the Release file lists none; what {@link Downloads.fetch} throws.
 */
export async function readIndexes(
  archive: OpenArchive,
  { architecture, number }: { readonly architecture: string; readonly number: number },
  context: ArchiveContext,
): Promise<readonly PackageIndex[]> {
  const { source, release } = archive;
  if (source.architectures !== undefined && !source.architectures.includes(architecture)) return [];
  const facts = { archive: number, priority: release.priority };
  const stems = source.suite.endsWith("/") ? ["Packages"] : indexStems(archive, architecture);
  const indexes = stems.map(async (stem) => await readIndex(archive, stem, { facts, context }));
  return await Promise.all(indexes);
}

function indexStems({ source, release }: OpenArchive, architecture: string): readonly string[] {
  const stem = (component: string, name: string): string => `${component}/binary-${name}/Packages`;
  return source.components.flatMap((component) => {
    const own = stem(component, architecture);
    const all = stem(component, "all");
    if (!release.indexesAll || listed(release, all) === undefined) return [own];
    return listed(release, own) === undefined ? [all] : [own, all];
  });
}

/** How indexes may be compressed, the cheapest to read first. */
const COMPRESSIONS = [".gz", ".xz", ""] as const;

function listed(release: Release, stem: string): string | undefined {
  return COMPRESSIONS.map((suffix) => stem + suffix).find((path) => release.files.has(path));
}

async function readIndex(
  { source, release }: OpenArchive,
  stem: string,
  { facts, context }: { readonly facts: IndexFacts; readonly context: ArchiveContext },
): Promise<PackageIndex> {
  const folder = suiteUrl(source);
  const path = listed(release, stem);
  const file = path === undefined ? undefined : release.files.get(path);
  if (path === undefined || file === undefined) {
    throw archiveInvalid(folder.href, `it has no ${stem}: no such component, or no such architecture`);
  }
  const plainUrl = new URL(path, folder);
  const hashUrl = new URL(`by-hash/SHA256/${file.sha256}`, plainUrl);
  const digest = joinDigest("sha256", file.sha256);
  const urls: readonly [URL, ...URL[]] = release.byHash ? [hashUrl, plainUrl] : [plainUrl];
  const bytes = await context.downloads.fetch({ urls, digest, size: file.size }, { signal: context.signal });
  return new PackageIndex(await plain(bytes, path, plainUrl), facts);
}

async function plain(bytes: Uint8Array, path: string, url: URL): Promise<Uint8Array> {
  if (path.endsWith(".xz")) return decompressXz(bytes, { maxBytes: MAX_INDEX_BYTES, what: `"${url.href}"` });
  if (!path.endsWith(".gz")) return bytes;
  try {
    return await gunzipAsync(bytes, { maxOutputLength: MAX_INDEX_BYTES });
  } catch (error) {
    throw archiveInvalid(url.href, `it cannot be decompressed: ${(error as Error).message}`);
  }
}

function archiveInvalid(label: string, problem: string): TeuError<BaseErrorCode> {
  return new TeuError("ERR_APT_ARCHIVE", `Reading "${label}": ${problem}`);
}

function unsigned(label: string, problem: string): TeuError<BaseErrorCode> {
  return new TeuError("ERR_ARCHIVE_SIGNATURE", `Verifying "${label}": ${problem}`, {
    hint: "check whether the mirror is genuine",
  });
}
