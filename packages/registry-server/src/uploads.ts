/**
 * Uploads: bytes that arrive in one request or in many, are hashed while they are written, and become a blob when their
 * digest is right. An upload outlasts the process: what its file holds is where it goes on.
 * @module
 */
import { canVerify, createHasher, digestBytes } from "@teu/content/hash";
import type { ByteStream } from "@teu/content/store";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { giveBack } from "@teu/std/slabs";
import { type Refusal, refusal } from "./answers.ts";
import { PIECE_BYTES } from "./internal/gather.ts";
import type { UploadWriter } from "./storage/driver.ts";
import type { Registry } from "./registry.ts";
import { collectExactly, digestOf, receive, tooLarge } from "./upload-bytes.ts";
import { UploadSession } from "./upload-session.ts";

/** Bytes that arrive for an upload. */
export interface Arriving {
  readonly body: ByteStream;
  /** How many were announced. */
  readonly length?: number | undefined;
  readonly actor: string;
}

/** Up to this size a body that comes at once is kept in memory and written once. */
const SMALL_BYTES = PIECE_BYTES;

/** The uploads of one registry. */
export class Uploads {
  readonly #registry: Registry;
  readonly #sessions = new Map<string, UploadSession>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** How many are under way. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Begins an upload; `algorithm` is that of the digest that is likely to come. */
  async begin(repo: string, algorithm = "sha256"): Promise<UploadSession> {
    const session = this.#make(repo, algorithm);
    session.recorded = true;
    const { id, started } = session;
    await this.#registry.metadata.note({ op: "session", session: { id, repo, algorithm, started } });
    return session;
  }

  #make(repo: string, algorithm: string): UploadSession {
    if (!canVerify(`${algorithm}:0` as Digest))
      throw refusal("DIGEST_INVALID", `the algorithm ${algorithm}, which cannot be computed here`);
    const session = new UploadSession({ id: crypto.randomUUID(), repo, algorithm, started: this.#registry.now() });
    session.hasher = createHasher(algorithm);
    session.recorded = false;
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Finds an upload, also one from before a restart. */
  async find(repo: string, id: string): Promise<UploadSession | undefined> {
    // Another node may have ended it or gone on with it.
    const shared = this.#registry.metadata.locks !== undefined;
    const known = shared ? await this.#recall(id) : (this.#sessions.get(id) ?? (await this.#recall(id)));
    if (known?.repo !== repo) return undefined;
    known.touched = this.#registry.now();
    await this.#keep(known);
    return known;
  }

  async #recall(id: string): Promise<UploadSession | undefined> {
    const record = await this.#registry.metadata.session(id);
    if (record === undefined) {
      if (this.#sessions.get(id)?.busy === false) this.#sessions.delete(id);
      return undefined;
    }
    const offset = (await this.#registry.storage.uploadSize(id)) ?? 0;
    const session = this.#sessions.get(id) ?? new UploadSession(record);
    this.#sessions.set(id, session);
    if (session.busy) return session;
    if (session.offset !== offset) session.rewind(offset);
    if (offset === 0) session.hasher ??= createHasher(record.algorithm);
    return session;
  }

  /** An upload that goes on for long is not one that rests. */
  async #keep(session: UploadSession): Promise<void> {
    const { id, repo, algorithm, touched } = session;
    if (touched - session.started < this.#registry.settings.sessionMs / 4) return;
    session.started = touched;
    await this.#registry.metadata.note({ op: "session", session: { id, repo, algorithm, started: touched } });
  }

  /**
   * Adds bytes to the end. What arrived before a failure stays and counts.
   * @throws Refusal `SIZE_INVALID` if more or fewer come than were announced, in which case none of them count.
   */
  async append(session: UploadSession, arriving: Arriving): Promise<void> {
    await using _turn = await this.#enter(session);
    await this.#write(session, arriving);
  }

  /** Begins a change, for which no other request of any node may be under way. */
  async #enter(session: UploadSession): Promise<AsyncDisposable> {
    await using cleanup = new AsyncDisposableStack();
    cleanup.use(session.enter());
    if (!session.recorded) return cleanup.move();
    const lock = await this.#registry.uploadLock.take(session.id);
    if (lock === undefined) throw refusal("BLOB_UPLOAD_INVALID", "another request for this upload is under way");
    cleanup.use(lock);
    return cleanup.move();
  }

  async #write(session: UploadSession, { body, length }: Arriving): Promise<void> {
    const start = session.offset;
    try {
      await receive(this.#registry, session, body);
    } catch (error) {
      // What a storage has of bytes that were on their way, it knows best.
      const offset = (await this.#registry.storage.uploadSize(session.id)) ?? 0;
      if (session.offset !== offset) session.rewind(offset);
      throw error;
    }
    const arrived = session.offset - start;
    if (length !== undefined && arrived !== length) {
      session.rewind(start);
      throw refusal("SIZE_INVALID", `${arrived} bytes, expected ${length}`);
    }
  }

  /** Stores a blob that comes at once. */
  async storeWhole(repo: string, arriving: Arriving, digest: Digest): Promise<void> {
    // Nobody can ask for it meanwhile, so that only one that is written piece by piece is told to the other nodes.
    const small = arriving.length !== undefined && arriving.length <= SMALL_BYTES;
    const session = small ? this.#make(repo, "sha256") : await this.begin(repo);
    try {
      await this.finish(session, arriving, digest);
    } catch (error) {
      await this.cancel(session);
      throw error;
    }
  }

  /**
   * Adds the last bytes and makes the upload a blob of its repository. Whatever happens the upload is over, unless its
   * bytes did not arrive.
   * @throws Refusal `DIGEST_INVALID` if the bytes have another digest.
   */
  async finish(session: UploadSession, arriving: Arriving, digest: Digest): Promise<void> {
    if (!canVerify(digest)) throw refusal("DIGEST_INVALID", "an algorithm that cannot be computed here");
    await using _turn = await this.#enter(session);
    if (session.offset === 0 && arriving.length !== undefined && arriving.length <= SMALL_BYTES) {
      return await this.#finishSmall(session, arriving, digest);
    }
    if (arriving.length !== 0) await this.#write(session, arriving);
    const actual = await digestOf(this.#registry, session, splitDigest(digest).algorithm);
    if (actual !== digest) {
      await this.#end(session);
      throw mismatch(actual);
    }
    const { storage } = this.#registry;
    await this.#admit(session, arriving.actor, digest, () => storage.complete(session.id, digest));
    await this.#end(session);
  }

  async #finishSmall(session: UploadSession, { body, length = 0, actor }: Arriving, digest: Digest): Promise<void> {
    const bytes = await collectExactly(body, length);
    try {
      if (bytes.length > this.#registry.settings.maxBlobBytes) throw tooLarge(this.#registry.settings.maxBlobBytes);
      session.offset = bytes.length;
      const actual = digestBytes(bytes, splitDigest(digest).algorithm);
      this.#forget(session);
      if (actual !== digest) throw mismatch(actual);
      const { storage } = this.#registry;
      await this.#admit(session, actor, digest, () => storage.store(digest, bytes));
    } finally {
      giveBack(bytes);
    }
  }

  /** Stores the bytes unless they are there, and then records them. Collection of the same blob waits meanwhile. */
  async #admit(session: UploadSession, actor: string, digest: Digest, store: () => Promise<void>): Promise<void> {
    const { repo, offset: size } = session;
    const { storage, metadata, blobLock, settings, quotas } = this.#registry;
    if ((await metadata.blob(repo, digest)) === undefined) await quotas.admit(repo, "bytes", size);
    await blobLock.run(digest, async (lock) => {
      if ((await storage.size(digest)) !== size) await store();
      if (!lock.held) throw new Error("Storing a blob: the lock on it was lost, expected to have it until the end");
      const at = this.#registry.now();
      await metadata.commit({ op: "link", repo, digest, size, lease: at + settings.leaseMs, at, actor });
    });
  }

  /** Stores a blob whose bytes `fill` writes and verifies. Rejects with what that does, and then keeps nothing. */
  async keep(repo: string, digest: Digest, fill: (writer: UploadWriter) => Promise<void>): Promise<void> {
    const session = await this.begin(repo);
    try {
      const { storage } = this.#registry;
      {
        await using writer = await storage.append(session.id, 0);
        await fill(writer);
      }
      session.offset = (await storage.uploadSize(session.id)) ?? 0;
      await this.#admit(session, "upstream", digest, () => storage.complete(session.id, digest));
    } finally {
      await this.#end(session);
    }
  }

  /** Ends an upload without a blob. */
  async cancel(session: UploadSession): Promise<void> {
    await using _turn = await this.#enter(session);
    await this.#end(session);
  }

  async #end(session: UploadSession): Promise<void> {
    this.#forget(session);
    await this.#registry.storage.discard(session.id);
  }

  #forget({ id, recorded }: UploadSession): void {
    this.#sessions.delete(id);
    if (recorded) void this.#registry.metadata.note({ op: "session-end", id });
  }

  /** Ends uploads that rested too long. Returns how many. */
  async expire(): Promise<number> {
    const before = this.#registry.now() - this.#registry.settings.sessionMs;
    await this.#registry.metadata.flush();
    let ended = 0;
    for (const record of await this.#registry.metadata.sessions()) {
      const session = this.#sessions.get(record.id) ?? new UploadSession(record);
      if (session.busy || session.touched >= before) continue;
      await this.#end(session);
      ended += 1;
    }
    return ended;
  }

  /** Removes files of uploads that nobody knows, as a crash leaves them. To be called before the first request. */
  async clearStrays(): Promise<number> {
    let cleared = 0;
    for await (const id of this.#registry.storage.uploads()) {
      if ((await this.#registry.metadata.session(id)) !== undefined) continue;
      await this.#registry.storage.discard(id);
      cleared += 1;
    }
    return cleared;
  }
}

function mismatch(actual: Digest): Refusal {
  return refusal("DIGEST_INVALID", `the content has the digest ${actual}`);
}
