/**
 * Pulls from upstreams what a registry does not have, and keeps it. However many ask for the same at a time, it is asked for
 * once. A tag that is kept is answered at once, and asked for again in the background when it is no longer fresh.
 * @module
 */
import { canVerify, digestBytes } from "@teu/content/hash";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { parseNamespace } from "@teu/spec/distribution/query";
import { Semaphore } from "@teu/std/limit";
import { SingleFlight } from "@teu/std/single-flight";
import { collect } from "@teu/std/streams";
import { Refusal, refusal } from "../answers.ts";
import { matchesAny } from "../config/glob.ts";
import { readManifestFacts } from "../manifest-facts.ts";
import type { StoredManifest } from "../metadata/metadata.ts";
import type { Registry } from "../registry.ts";
import { Filling } from "./filling.ts";
import type { OpenUpstream, UpstreamConfig, UpstreamRepository } from "./upstream.ts";
import { extendVia, makePseudonym } from "./via.ts";

/** Most blobs that are pulled at a time. */
const MAX_FILLINGS = 32;
const MAX_CHECKED = 100_000;

/** The upstreams of one registry. */
export class PullThrough {
  readonly #configs: () => readonly UpstreamConfig[];
  readonly #open: OpenUpstream;
  /** By which requests that come back are known: registries may be upstreams of each other. */
  readonly #pseudonym = makePseudonym();
  readonly #onError: (error: unknown) => void;
  readonly #manifests = new SingleFlight<StoredManifest | undefined>();
  readonly #blobs = new SingleFlight<Filling | undefined>();
  readonly #fillings = new Map<string, Filling>();
  readonly #slots = new Semaphore(MAX_FILLINGS);
  /** When tags were last asked for. */
  readonly #checked = new Map<string, number>();

  /**
   * @param configs Asked anew for each request, so that they may change.
   * @param onError Told of faults that no client learns of.
   */
  constructor(
    configs: () => readonly UpstreamConfig[],
    open: OpenUpstream,
    onError: (error: unknown) => void = () => {},
  ) {
    this.#configs = configs;
    this.#open = open;
    this.#onError = onError;
  }

  /** The repository here that a client means by a name and `ns`; what `ns` says is looked up, never dialled. */
  nameOf(name: string, query: URLSearchParams): { readonly name: string; readonly namespace?: string } {
    const asked = parseNamespace(query);
    const namespace = asked.kind === "namespace" ? asked.host : undefined;
    const config = namespace === undefined ? undefined : this.#configs().find((one) => one.namespace === namespace);
    if (config === undefined || namespace === undefined) return { name };
    return { name: `${config.strip}${name}`, namespace };
  }

  #find(repo: string): { readonly config: UpstreamConfig; readonly name: string } | undefined {
    const config = this.#configs().find(({ match, strip }) => matchesAny(match, repo) && repo.startsWith(strip));
    return config === undefined ? undefined : { config, name: config.prefix + repo.slice(config.strip.length) };
  }

  /** A manifest: the one that is kept, or the upstream's. */
  async manifest(
    registry: Registry,
    repo: string,
    name: string,
    { kept, via }: { readonly kept: StoredManifest | undefined; readonly via?: string | undefined },
  ): Promise<StoredManifest | undefined> {
    const [found, chain] = [this.#find(repo), extendVia(via, this.#pseudonym)];
    if (found === undefined || chain === undefined || (kept !== undefined && name === kept.digest)) return kept;
    const key = `${repo} ${name}`;
    if (kept !== undefined && registry.now() - (this.#checked.get(key) ?? 0) < found.config.freshMs) return kept;
    const pulled = this.#manifests.run(key, () => this.#pullManifest(registry, repo, { name, chain }));
    if (kept === undefined) return pulled.catch((error: unknown) => this.#refuse(error));
    pulled.catch(this.#onError);
    return kept;
  }

  #refuse(error: unknown): never {
    if (error instanceof Refusal) throw error;
    this.#onError(error);
    throw refusal("UNAVAILABLE", "the upstream does not answer");
  }

  async #pullManifest(
    registry: Registry,
    repo: string,
    { name, chain }: { readonly name: string; readonly chain: string },
  ): Promise<StoredManifest | undefined> {
    const upstream = await this.#openFor(repo, chain);
    const descriptor = await upstream?.resolve(name);
    const tag = name.includes(":") ? undefined : name;
    if (tag !== undefined) this.#note(`${repo} ${name}`, registry.now());
    if (upstream === undefined || descriptor === undefined) return undefined;
    const here = await registry.metadata.manifest(repo, descriptor.digest);
    const found = here ?? (await readManifest(registry, upstream, descriptor));
    if (tag === undefined || (await registry.metadata.tagged(repo, tag))?.digest !== found.digest)
      await keepManifest(registry, repo, found, tag);
    return found;
  }

  #note(key: string, now: number): void {
    if (this.#checked.size >= MAX_CHECKED) this.#checked.clear();
    this.#checked.set(key, now);
  }

  async #openFor(repo: string, chain: string): Promise<UpstreamRepository | undefined> {
    const found = this.#find(repo);
    return found === undefined ? undefined : await this.#open(found.config, found.name, chain);
  }

  /** The size of a blob at the upstream; nothing if it is not there. */
  async blobSize(repo: string, digest: Digest, via?: string): Promise<number | undefined> {
    const filling = this.#fillings.get(`${repo} ${digest}`);
    if (filling !== undefined) return filling.size;
    const chain = extendVia(via, this.#pseudonym);
    const upstream = chain === undefined ? undefined : await this.#openFor(repo, chain);
    return upstream?.sizeOf(digest).catch((error: unknown) => this.#refuse(error));
  }

  /** A blob that is being pulled, or begins to be; nothing if the upstream has it not. */
  async blob(registry: Registry, repo: string, digest: Digest, via?: string): Promise<Filling | undefined> {
    const chain = extendVia(via, this.#pseudonym);
    if (chain === undefined || this.#find(repo) === undefined || !canVerify(digest)) return undefined;
    const key = `${repo} ${digest}`;
    const under = this.#fillings.get(key);
    if (under?.open === true) return under;
    return this.#blobs
      .run(key, () => this.#beginBlob(registry, repo, { digest, chain }))
      .catch((error: unknown) => this.#refuse(error));
  }

  /** Gets a blob from an upstream and keeps it, without a client that waits. Tells whether it is there now. */
  async fetch(registry: Registry, repo: string, digest: Digest): Promise<boolean> {
    try {
      const filling = await this.blob(registry, repo, digest);
      await filling?.kept;
      return filling !== undefined;
    } catch (error) {
      this.#onError(error);
      return false;
    }
  }

  async #beginBlob(
    registry: Registry,
    repo: string,
    { digest, chain }: { readonly digest: Digest; readonly chain: string },
  ): Promise<Filling | undefined> {
    const upstream = await this.#openFor(repo, chain);
    const size = await upstream?.sizeOf(digest);
    if (upstream === undefined || size === undefined) return undefined;
    if (size > registry.settings.maxBlobBytes) throw refusal("SIZE_INVALID", `a blob of ${size} bytes`, 413);
    const slot = await this.#slots.acquire();
    const filling = await Filling.begin(digest, size);
    const key = `${repo} ${digest}`;
    this.#fillings.set(key, filling);
    const source = upstream.openUnverified({ mediaType: "application/octet-stream", digest, size });
    const done = registry.uploads.keep(repo, digest, (writer) => filling.fill(source, writer));
    filling.kept = done;
    void done.catch(this.#onError).finally(async () => {
      this.#fillings.delete(key);
      slot[Symbol.dispose]();
      await filling.release();
    });
    return filling;
  }
}

async function readManifest(
  registry: Registry,
  upstream: UpstreamRepository,
  descriptor: Descriptor,
): Promise<StoredManifest> {
  const { digest, mediaType } = descriptor;
  const maxBytes = registry.settings.maxManifestBytes;
  const bytes = await collect(upstream.openUnverified(descriptor), { maxBytes, what: "a manifest" });
  const actual = canVerify(digest) ? digestBytes(bytes, splitDigest(digest).algorithm) : undefined;
  if (actual === digest) return { digest, mediaType, bytes };
  throw new Error(`Pulling manifest "${digest}" from upstream: its bytes have the digest ${actual ?? "unknown"}`);
}

async function keepManifest(
  registry: Registry,
  repo: string,
  { digest, mediaType, bytes }: StoredManifest,
  tag: string | undefined,
): Promise<void> {
  const facts = readManifestFacts(bytes, mediaType, digest);
  const tags = tag === undefined ? [] : [tag];
  const at = registry.now();
  // What it names comes when it is asked for.
  const change = { op: "manifest", repo, digest, mediaType, bytes, facts, tags, require: "none", at } as const;
  await registry.metadata.commit({ ...change, actor: "upstream" });
}
