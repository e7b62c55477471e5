/**
 * `teu manifest get`, `put` and `head`, and `teu blob get` and `put`: content of a repository as it is.
 * @module
 */
import { resolve } from "node:path";
import { digestBytes } from "@teu/content/hash";
import { hasLinks } from "@teu/content/links";
import { parseImagePlace } from "@teu/content/image-place";
import { MAX_DOCUMENT_BYTES, openVerified, readVerified } from "@teu/content/verified-read";
import type { Repository } from "@teu/registry-client/repository";
import type { Descriptor } from "@teu/spec/descriptor";
import { splitDigest } from "@teu/spec/digest";
import { isLegacyManifest } from "@teu/spec/media-types";
import { parseReference, withDefaultTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { type ByteSource, collect } from "@teu/std/streams";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openRegistries } from "../../images/client.ts";
import { FileBlobs } from "../../images/file-blobs.ts";
import { describeInput, inputFacts, readInput } from "../../images/input-file.ts";
import { checkDigest, openSource } from "../../images/open-image.ts";
import { watchReads } from "../../images/watch-reads.ts";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Runs `teu manifest get`. */
export const getManifest: Action = async (invocation, host) => {
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(invocation.operands[0] ?? ""), { registries, host });
  await write(host, [await readVerified(source.store, source.root, { signal: host.signal })]);
  return EXIT.ok;
};

/** Runs `teu manifest head`. */
export const headManifest: Action = async (invocation, host) => {
  using registries = openRegistries(invocation, host);
  await using source = await openSource(parseImagePlace(invocation.operands[0] ?? ""), { registries, host });
  const { mediaType, digest, size } = source.root;
  host.out(`${stringifyJson({ mediaType, digest, size })}\n`);
  return EXIT.ok;
};

/** Runs `teu manifest put`. */
export const putManifest: Action = async (invocation, host) => {
  const [name = "", file = "-"] = invocation.operands;
  const reference = withDefaultTag(parseReference(name));
  const bytes = await collect(given(file, host), { maxBytes: MAX_DOCUMENT_BYTES, what: "the manifest" });
  const mediaType = checkType(invocation.option("media-type") ?? declaredType(bytes));
  const algorithm = reference.digest === undefined ? "sha256" : splitDigest(reference.digest).algorithm;
  const descriptor: Descriptor = { mediaType, digest: digestBytes(bytes, algorithm), size: bytes.length };
  checkDigest(name, descriptor, reference.digest);
  using registries = openRegistries(invocation, host);
  const repository = await registries.target(reference);
  await repository.put(descriptor, [bytes], { signal: host.signal });
  if (reference.tag !== undefined) await repository.tag(reference.tag, descriptor, { signal: host.signal });
  host.out(`${descriptor.digest}\n`);
  return EXIT.ok;
};

function checkType(mediaType: string): string {
  if (hasLinks(mediaType) || isLegacyManifest(mediaType)) return mediaType;
  throw usage(`Reading the manifest: it is of type "${mediaType}", expected a manifest or an index`);
}

function declaredType(manifest: Uint8Array): string {
  try {
    const declared = parseJsonBytes(manifest).get("mediaType");
    return declared.absent ? OCI_MANIFEST : declared.string();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading the manifest: ${error.message}`, { cause: error });
  }
}

/** Runs `teu blob get`. */
export const getBlob: Action = async (invocation, host) => {
  const reference = parseReference(invocation.operands[0] ?? "");
  const { digest } = reference;
  if (digest === undefined) throw usage("teu blob get: expected a digest behind the name");
  using registries = openRegistries(invocation, host);
  const repository = await registries.target(reference);
  const size = await repository.sizeOf(digest, { signal: host.signal });
  if (size === undefined)
    throw new TeuError<CliErrorCode>(
      "ERR_IMAGE_MISSING",
      `Reading "${digest}" from ${repository.place}: there is no such blob`,
    );
  const descriptor: Descriptor = { mediaType: "application/octet-stream", digest, size };
  using watched = watchReads(repository, host, { quiet: invocation.flag("quiet") });
  await write(host, openVerified(watched.store, descriptor, { signal: host.signal }));
  return EXIT.ok;
};

/** Runs `teu blob put`. */
export const putBlob: Action = async (invocation, host) => {
  const [name = "", file = "-"] = invocation.operands;
  using registries = openRegistries(invocation, host);
  const repository = await registries.target(parseReference(name));
  const path = resolve(host.cwd, file);
  const isStream = file === "-" || !inputFacts(path).isFile();
  const options = {
    mediaType: mediaTypeOf(invocation),
    algorithm: invocation.option("algorithm"),
    signal: host.signal,
  };
  const stored = isStream
    ? await repository.ingest(given(file, host), options)
    : await putFile(repository, path, { invocation, host });
  host.out(`${stringifyJson(stored)}\n`);
  return EXIT.ok;
};

/** A file can be read again, so that nothing is sent that is there, and what breaks off goes on. */
async function putFile(repository: Repository, path: string, { invocation, host }: Putting): Promise<Descriptor> {
  const descriptor = await describeInput(path, mediaTypeOf(invocation), invocation.option("algorithm"));
  const files = new FileBlobs();
  files.add(descriptor, path);
  using watched = watchReads(files, host, { quiet: invocation.flag("quiet") });
  await repository.put(descriptor, watched.store.openUnverified(descriptor), { signal: host.signal });
  return descriptor;
}

interface Putting {
  readonly invocation: Invocation;
  readonly host: Host;
}

function mediaTypeOf(invocation: Invocation): string {
  return invocation.option("media-type") ?? "application/octet-stream";
}

function given(file: string, host: Host): ByteSource {
  return file === "-" ? (host.input ?? []) : readInput(resolve(host.cwd, file));
}

async function write(host: Host, source: ByteSource): Promise<void> {
  for await (const chunk of source) await host.bytes(chunk);
}

function usage(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", problem);
}
