/**
 * What a registry knows beside the bytes of its blobs: manifests, tags and their history, which repository has which blob,
 * what may be collected. Reads answer at once; what has to last goes through {@link MetadataWriter.commit}.
 *
 * Times are milliseconds since 1970.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import type { ManifestFacts } from "../manifest-facts.ts";

/** Something that is at hand, or will be. What is at hand costs no turn of the event loop. */
export type Awaitable<T> = T | Promise<T>;

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Which part of a list. */
export interface Page {
  /** The last entry that is left out. Default: none. */
  readonly after?: string | undefined;
  /** Most entries. */
  readonly limit: number;
}

/** A manifest that names another as its subject. */
export interface Referrer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One state of a tag. */
export interface TagInterval {
  readonly tag: string;
  readonly digest: Digest;
  readonly start: number;
  /** Missing for the state that stands. */
  readonly end?: number;
  readonly actor: string;
}

/** What a tag stands for. */
export interface TagState {
  readonly tag: string;
  readonly digest: Digest;
  /** Since when. */
  readonly start: number;
  readonly mediaType: string;
}

/** What a repository holds. */
export interface Usage {
  readonly bytes: number;
  readonly blobs: number;
  readonly manifests: number;
  readonly tags: number;
}

/** Reads of the routes. */
export interface MetadataReader {
  hasRepository(repo: string): Awaitable<boolean>;
  /** A manifest by its digest. */
  manifest(repo: string, digest: string): Awaitable<StoredManifest | undefined>;
  /** The manifest behind a tag. */
  tagged(repo: string, tag: string): Awaitable<StoredManifest | undefined>;
  /** A blob that the repository has: its size, and until when it is safe from collection. */
  blob(repo: string, digest: string): Awaitable<{ readonly size: number; readonly lease: number } | undefined>;
  /** Tags in the order of their characters. */
  tags(repo: string, page: Page): Awaitable<readonly string[]>;
  /** The tags that stand for a manifest. */
  tagsOf(repo: string, digest: string): Awaitable<readonly string[]>;
  repositories(page: Page): Awaitable<readonly string[]>;
  /** In the order of their digests. */
  referrers(
    repo: string,
    subject: string,
    page: Page & { readonly artifactType?: string | undefined },
  ): Awaitable<readonly Referrer[]>;
  /** Repositories that have a blob; at most so many. */
  holders(digest: string, limit: number): Awaitable<readonly string[]>;
  /** States of a tag, or of all tags of a repository, the latest first. */
  history(repo: string, tag: string | undefined, limit: number): Awaitable<readonly TagInterval[]>;
  usage(repo: string): Awaitable<Usage>;
  /** Repositories whose names have `text` in them, by name. */
  search(text: string, page: Page): Awaitable<readonly string[]>;
  /** The tags that have `text` in them, by name, with what they stand for. */
  tagStates(repo: string, text: string, page: Page): Awaitable<readonly TagState[]>;
}

/** Something that changes what is stored. Those with an `op` that the journal keeps can rebuild everything. */
export type Change =
  /** A repository has a blob, whose bytes are in the storage. */
  | {
      readonly op: "link";
      readonly repo: string;
      readonly digest: Digest;
      readonly size: number;
      readonly lease: number;
    }
  /** As a link, of a blob that another repository is known to have. */
  | {
      readonly op: "mount";
      readonly repo: string;
      readonly digest: Digest;
      readonly from: string;
      readonly lease: number;
    }
  /** A repository has a blob no more. One whose bytes are lost goes even where manifests name it, so that it is pushed again. */
  | { readonly op: "unlink"; readonly repo: string; readonly digest: Digest; readonly lost?: boolean }
  | {
      readonly op: "manifest";
      readonly repo: string;
      readonly digest: Digest;
      readonly mediaType: string;
      readonly bytes: Uint8Array;
      readonly facts: ManifestFacts;
      readonly tags: readonly string[];
      /** Which references have to exist. */
      readonly require: "all" | "blobs" | "none";
      /** Tags that must not move. */
      readonly fixedTags?: readonly string[];
    }
  | { readonly op: "untag"; readonly repo: string; readonly tag: string }
  /** The manifest and its tags go; until it is purged it can be restored. */
  | { readonly op: "delete"; readonly repo: string; readonly digest: Digest }
  /** A tag is again what it last was. */
  | { readonly op: "restore"; readonly repo: string; readonly tag: string };

/** A change, when and by whom. */
export type Signed = Change & {
  readonly at: number;
  readonly actor: string;
  /** Hooks that are to be told of it, by their names. */
  readonly notify?: readonly string[];
};

/** What became of a change. */
export type Outcome =
  | { readonly kind: "done" }
  /** There was nothing to change. */
  | { readonly kind: "absent" }
  /** A manifest names what the repository does not have. */
  | { readonly kind: "missing"; readonly digests: readonly Digest[] }
  /** A tag stands that must not move. */
  | { readonly kind: "fixed"; readonly tag: string }
  /** A blob is named by manifests. */
  | { readonly kind: "in-use"; readonly by: string };

/** Durable changes. */
export interface MetadataWriter {
  /** Makes a change. Once the promise resolves it survives a crash. */
  commit(change: Signed): Promise<Outcome>;
  /**
   * Makes small changes that may be lost in a crash: leases, times of pulls, sessions. Where several nodes work on the same
   * data, those of sessions are known to all once the promise resolves.
   */
  note(note: Note): Awaitable<void>;
  /** Renews the lease of a link that is nearly over, at once for all nodes. Tells whether the link is still there. */
  renew(repo: string, digest: string, lease: number): Awaitable<boolean>;
  /** Waits until everything noted so far is stored. */
  flush(): Promise<void>;
}

/** What may be lost in a crash. */
export type Note =
  | { readonly op: "lease"; readonly repo: string; readonly digest: string; readonly lease: number }
  | { readonly op: "pulled"; readonly repo: string; readonly digest: string; readonly at: number }
  | { readonly op: "session"; readonly session: SessionRecord }
  | { readonly op: "session-end"; readonly id: string };

/** An upload under way, as far as it outlasts the process. */
export interface SessionRecord {
  readonly id: string;
  readonly repo: string;
  /** Algorithm of the digest to come, as the client said it. */
  readonly algorithm: string;
  readonly started: number;
}

/** Sessions that outlasted a restart. */
export interface SessionReader {
  session(id: string): Awaitable<SessionRecord | undefined>;
  sessions(): Awaitable<readonly SessionRecord[]>;
}

/** Names a link: that a repository has a blob. */
export interface LinkKey {
  readonly repo: string;
  readonly digest: string;
}

/** What one slice of marking did. */
export interface Marked {
  readonly ended: number;
  readonly doomed: number;
  /** Where to go on; missing at the end. */
  readonly next?: LinkKey;
}

/** A blob that is to be deleted. */
export interface Doomed {
  readonly digest: Digest;
  readonly size: number;
}

/** A manifest with what retention has to know. */
export interface Aged {
  readonly digest: Digest;
  readonly pushed: number;
  readonly pulled: number | undefined;
  /** Its tags, with when they were set. */
  readonly tags: readonly { readonly tag: string; readonly start: number }[];
  /** True if an index names it, or it refers to a manifest that is here. */
  readonly held: boolean;
}

/** What collection, retention and scrubbing need. */
export interface Collectable {
  /**
   * Looks at so many links behind `after` and ends those that no manifest needs and whose lease is over; a blob that loses
   * its last link is doomed. A slice at a time, so that no one waits long.
   */
  mark(now: number, after: LinkKey | undefined, limit: number): Promise<Marked>;
  /** Blobs doomed before a time. */
  doomed(before: number, limit: number): Awaitable<readonly Doomed[]>;
  /** Forgets a blob if it is still doomed. Tells whether it was; its bytes are to be removed then. */
  forget(digest: string): Promise<boolean>;
  /** Removes manifests for good that were deleted before a time. */
  purge(before: number, limit: number): Promise<number>;
  /** Tells whether a blob is recorded, doomed or not. */
  hasBlob(digest: string): Awaitable<boolean>;
  aged(repo: string): Awaitable<readonly Aged[]>;
  /** Blobs in the order of their digests, for scrubbing. */
  blobs(page: Page): Awaitable<readonly { readonly digest: Digest; readonly size: number; readonly doomed: boolean }[]>;
}

/** An event that is to be told. */
export interface StoredEvent {
  readonly id: number;
  /** When it happened. */
  readonly at: number;
  readonly body: string;
}

/** Events that wait to be told. They are written in the transaction of their change. */
export interface Outbox {
  /** Events for a hook, the oldest first. */
  events(hook: string, limit: number): Awaitable<readonly StoredEvent[]>;
  /** Forgets an event that was told. */
  dropEvent(id: number): Promise<void>;
}

/** Something that one node has and no other. */
export interface HeldLock {
  /** False once it was lost, as when the connection to the database broke. */
  readonly held: boolean;
  release(): Promise<void>;
}

/** Locks among nodes, which end with the node that has them. One node asks for the same key once at a time. */
export interface SharedLocks {
  /** Takes a lock; `wait` for as long as another node has it, or gives nothing. */
  acquire(key: string, wait: boolean): Promise<HeldLock | undefined>;
}

/** All of it, which has to be closed. */
export interface Metadata extends MetadataReader, MetadataWriter, SessionReader, Collectable, Outbox, AsyncDisposable {
  /** There if several nodes may work on the same data. */
  readonly locks?: SharedLocks;
}
