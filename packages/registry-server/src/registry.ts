/**
 * A registry: storage, metadata and what is under way between them. Routes, collection and commands work on one of these.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import { andThen } from "./internal/and-then.ts";
import { NodeLock } from "./internal/node-lock.ts";
import { KeptBlobs } from "./kept-blobs.ts";
import { type EventKind, kindOf } from "./events/event.ts";
import type { Awaitable, Metadata, Outcome, Signed } from "./metadata/metadata.ts";
import { Quotas } from "./quota.ts";
import type { StorageDriver } from "./storage/driver.ts";
import { Uploads } from "./uploads.ts";
import type { PullThrough } from "./upstream/pull-through.ts";

/** What holds for one repository. */
export interface RepositoryRules {
  /** Tells whether a tag that stands must not move or go. */
  readonly isFixed: (tag: string) => boolean;
  /** Most bytes of blobs, each counted once. Default: no limit. */
  readonly maxBytes?: number | undefined;
  /** Most tags. Default: no limit. */
  readonly maxTags?: number | undefined;
}

/** How a registry behaves. */
export interface RegistrySettings {
  /** Largest manifest in bytes; clients count on 4 MiB at least. */
  readonly maxManifestBytes: number;
  /** Largest blob in bytes. */
  readonly maxBlobBytes: number;
  /** Most entries of a page of tags or repositories, and of one that names no number. */
  readonly maxPageEntries: number;
  /** What a pushed manifest needs: all it names, only its blobs but not the entries of an index, or nothing. */
  readonly require: "all" | "blobs" | "none";
  /** How long content that no manifest names is safe from collection, in milliseconds. */
  readonly leaseMs: number;
  /** How long an upload may rest, in milliseconds. */
  readonly sessionMs: number;
  /** Whether clients may delete. */
  readonly deletes: boolean;
  readonly rules: (repo: string) => RepositoryRules;
  /** Texts for the people behind clients, as `Warning` headers. */
  readonly warnings: (repo: string) => readonly string[];
  /** Names of the hooks that are told of a kind of event in a repository. */
  readonly hooks: (repo: string, kind: EventKind) => readonly string[];
}

/** Notes are stored long before. */
const NEAR_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What holds unless something else is said. */
export const DEFAULT_SETTINGS: RegistrySettings = {
  maxManifestBytes: 4 * 1024 * 1024,
  maxBlobBytes: Number.MAX_SAFE_INTEGER,
  maxPageEntries: 5000,
  require: "all",
  leaseMs: 24 * HOUR_MS,
  sessionMs: 24 * HOUR_MS,
  deletes: true,
  rules: () => ({ isFixed: () => false }),
  warnings: () => [],
  hooks: () => [],
};

/** What a registry is made of. */
export interface RegistryParts {
  readonly storage: StorageDriver;
  readonly metadata: Metadata;
  readonly settings?: Partial<RegistrySettings>;
  /** Where what is not here comes from. Default: nowhere. */
  readonly pullThrough?: PullThrough | undefined;
  /** Milliseconds since 1970. Default: the clock of the machine. */
  readonly now?: () => number;
}

/** One registry. Closing it closes its storage and metadata. */
export class Registry implements AsyncDisposable {
  readonly storage: StorageDriver;
  readonly metadata: Metadata;
  readonly now: () => number;
  readonly uploads: Uploads;
  readonly quotas: Quotas;
  /** Held while the bytes and the record of one blob change, by digest. */
  readonly blobLock: NodeLock;
  /** Held while an upload changes, by its id. */
  readonly uploadLock: NodeLock;
  /** Blobs of the storage that are in memory. */
  readonly keptBlobs: KeptBlobs;
  /** Where what is not here comes from. */
  pullThrough: PullThrough | undefined;
  /** May be replaced while the registry works. */
  settings: RegistrySettings;
  readonly #pulls = new Map<string, number>();

  constructor({ storage, metadata, settings = {}, now = Date.now, pullThrough }: RegistryParts) {
    this.pullThrough = pullThrough;
    this.storage = storage;
    this.keptBlobs = new KeptBlobs(storage);
    this.metadata = metadata;
    this.now = now;
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.blobLock = new NodeLock("blob", metadata.locks);
    this.uploadLock = new NodeLock("upload", metadata.locks);
    this.uploads = new Uploads(this);
    this.quotas = new Quotas(this);
  }

  /**
   * Finds a blob of a repository, and keeps it safe from collection from now on as long as a push may take.
   * @returns its size in bytes; nothing if the repository does not have it.
   */
  findBlob(repo: string, digest: Digest): Awaitable<number | undefined> {
    return andThen(this.metadata.blob(repo, digest), (found) =>
      found === undefined ? undefined : this.#keepSafe(repo, digest, found),
    );
  }

  #keepSafe(
    repo: string,
    digest: Digest,
    found: { readonly size: number; readonly lease: number },
  ): Awaitable<number | undefined> {
    const { leaseMs } = this.settings;
    const now = this.now();
    const lease = now + leaseMs;
    // One that is nearly over may end before a note of it is stored.
    if (found.lease < now + Math.min(NEAR_MS, leaseMs / 2))
      return andThen(this.metadata.renew(repo, digest, lease), (stands) => (stands ? found.size : undefined));
    // Noted where less than half is left, so that most reads write nothing.
    if (found.lease < now + leaseMs / 2) void this.metadata.note({ op: "lease", repo, digest, lease });
    return found.size;
  }

  /** Makes a change that hooks are told of. */
  commit(change: Signed): Promise<Outcome> {
    const kind = kindOf(change);
    const notify = kind === undefined ? [] : this.settings.hooks(change.repo, kind);
    return this.metadata.commit(notify.length === 0 ? change : { ...change, notify });
  }

  /** Takes note that a manifest was pulled, at most once an hour. */
  notePull(repo: string, digest: Digest): void {
    const key = `${repo}@${digest}`;
    const now = this.now();
    if (now - (this.#pulls.get(key) ?? 0) < HOUR_MS) return;
    if (this.#pulls.size >= MAX_PULLS) this.#pulls.clear();
    this.#pulls.set(key, now);
    void this.metadata.note({ op: "pulled", repo, digest, at: now });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.metadata[Symbol.asyncDispose]();
    await this.storage[Symbol.asyncDispose]();
  }
}

const MAX_PULLS = 10_000;
