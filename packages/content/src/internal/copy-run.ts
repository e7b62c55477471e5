/**
 * One run of a copy: which content to see to, in which order, and what happens when something fails.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { isIndex } from "@teu/spec/media-types";
import { isTag } from "@teu/spec/reference";
import { Semaphore } from "@teu/std/limit";
import type { CopyOptions } from "../copy.ts";
import { GraphGuard, type GraphDocument, contentKey, readDocument } from "../graph.ts";
import { hasLinks } from "../links.ts";
import { listReferrers } from "../referrers.ts";
import { type BlobReader, type TagResolver, type Target, can } from "../store.ts";
import { atSource } from "./copy-error.ts";
import { Transfer } from "./transfer.ts";

/** What is copied, and between what. */
export interface CopyJob {
  readonly root: Descriptor;
  readonly store: BlobReader;
  /** Where to ask for referrers, which an overlay in front of the source does not know. */
  readonly referrers: BlobReader & Partial<TagResolver>;
  readonly target: Target;
  readonly takes?: (entry: Descriptor) => boolean;
}

const DEFAULT_CONCURRENCY = 4;

/**
 * Copies all content of the job. When it fails, everything that was under way has ended.
 * @returns Whether the root has got its only name already
 */
export async function copyGraph(job: CopyJob, options: CopyOptions): Promise<boolean> {
  const controller = new AbortController();
  const signal =
    options.signal === undefined ? controller.signal : AbortSignal.any([options.signal, controller.signal]);
  const run = new CopyRun(job, { ...options, signal });
  try {
    await run.copyAll(job.root);
  } catch (error) {
    controller.abort(error);
  }
  await run.settled();
  signal.throwIfAborted();
  return run.isNamed;
}

/** Content to see to. */
interface Place {
  readonly descriptor: Descriptor;
  /** How many links it is away from the root. */
  readonly depth: number;
  /** True if it is below a manifest that holds a permit for documents. */
  readonly isInner: boolean;
}

/**
 * A run sees to each content once. Blobs move as many at a time as there are slots. Documents stay in memory until all
 * that they need is at the target, so of those there are only so many under way as there are permits: the manifests of
 * one index at a time, each with a permit; and indexes one after the other, when no manifest is under way. What is inside
 * a manifest needs no permit, so nobody waits for a permit while holding one.
 */
class CopyRun {
  readonly #job: CopyJob;
  readonly #options: CopyOptions;
  readonly #guard: GraphGuard;
  readonly #slots: Semaphore;
  readonly #documents: Semaphore;
  readonly #isSerial: boolean;
  readonly #transfer: Transfer;
  /** What becomes of each content: whether it is new at the target. */
  readonly #work = new Map<string, Promise<boolean>>();
  readonly #subjects: Place[] = [];
  #isNamed = false;

  constructor(job: CopyJob, options: CopyOptions) {
    const { target } = job;
    const most = can(target, "maxParallelPuts") ? target.maxParallelPuts() : Number.MAX_SAFE_INTEGER;
    const concurrency = Math.min(options.concurrency ?? DEFAULT_CONCURRENCY, most);
    this.#job = job;
    this.#options = options;
    this.#guard = new GraphGuard(options);
    this.#slots = new Semaphore(concurrency);
    this.#documents = new Semaphore(concurrency);
    this.#isSerial = concurrency === 1;
    this.#transfer = new Transfer(job.store, target, options);
  }

  /** Whether the root was named as it was put. */
  get isNamed(): boolean {
    return this.#isNamed;
  }

  /** Copies the root and all it needs, and on request what refers to that. */
  async copyAll(root: Descriptor): Promise<void> {
    await this.#node({ descriptor: root, depth: 0, isInner: false });
    if (this.#options.referrers === true) await this.#copyReferrers();
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#work.values());
  }

  async #copyReferrers(): Promise<void> {
    const { signal } = this.#options;
    for (let subject = this.#subjects.shift(); subject !== undefined; subject = this.#subjects.shift()) {
      const { descriptor, depth } = subject;
      const list = async (): Promise<Descriptor[]> =>
        await Array.fromAsync(listReferrers(this.#job.referrers, descriptor, { signal }));
      const referrers = await atSource(descriptor, "listing its referrers", list);
      await this.#children(referrers.map((referrer) => ({ descriptor: referrer, depth: depth + 1, isInner: false })));
      for (const referrer of referrers) await this.#transfer.keep(referrer);
    }
  }

  #node(place: Place): Promise<boolean> {
    const key = contentKey(place.descriptor);
    const known = this.#work.get(key);
    if (known !== undefined) return known;
    const work = this.#copyNode(place);
    this.#work.set(key, work);
    return work;
  }

  async #copyNode(place: Place): Promise<boolean> {
    const { descriptor } = place;
    this.#options.signal?.throwIfAborted();
    this.#guard.enter(place);
    this.#options.onEvent?.({ type: "found", descriptor });
    if (!hasLinks(descriptor.mediaType)) return await this.#slot(() => this.#transfer.blob(descriptor));
    if (this.#options.trustTarget === true && (await this.#slot(() => this.#transfer.isPresent(descriptor))))
      return false;
    const document = await this.#slot(() => this.#read(descriptor));
    const hasNew = await this.#children(this.#placesIn(document, place));
    const name = place.depth === 0 ? this.#nameAtOnce : undefined;
    const isNew = await this.#slot(() => this.#transfer.document(descriptor, document.bytes, { hasNew, name }));
    if (isNew && name !== undefined) this.#isNamed = true;
    this.#subjects.push(place);
    return isNew;
  }

  /** What the root is named as it is put, where that is the end of the copy and the target can. */
  get #nameAtOnce(): string | undefined {
    const { tags = [], referrers } = this.#options;
    const [name = ""] = tags;
    const isEnd = tags.length === 1 && referrers !== true;
    return isEnd && isTag(name) && can(this.#job.target, "putNamed") ? name : undefined;
  }

  #read(descriptor: Descriptor): Promise<GraphDocument> {
    return atSource(descriptor, "reading it", () => readDocument(this.#job.store, descriptor, this.#options));
  }

  #placesIn({ links }: GraphDocument, { depth, isInner }: Place): readonly Place[] {
    const { takes = () => true } = this.#job;
    const isChoice = links.role === "index";
    const taken = isChoice ? links.children.filter(takes) : links.children;
    return taken.map((descriptor) => ({ descriptor, depth: depth + 1, isInner: isInner || !isChoice }));
  }

  /** Answers whether any of them is new at the target. */
  async #children(places: readonly Place[]): Promise<boolean> {
    const later: Place[] = [];
    const now: Promise<boolean>[] = [];
    const done: boolean[] = [];
    for (const place of this.#isSerial ? places : largestFirst(places)) {
      const { mediaType } = place.descriptor;
      if (this.#isSerial) done.push(await this.#node(place));
      else if (!hasLinks(mediaType)) now.push(this.#node(place));
      else if (place.isInner || isIndex(mediaType)) later.push(place);
      else now.push(this.#documents.run(() => this.#node(place), this.#options.signal));
    }
    done.push(...(await Promise.all(now)));
    for (const place of later) done.push(await this.#node(place));
    return done.includes(true);
  }

  #slot<T>(work: () => Promise<T>): Promise<T> {
    return this.#slots.run(work, this.#options.signal);
  }
}

/** Of the leaves, what takes longest is begun first, or all would wait for it alone in the end. */
function largestFirst(places: readonly Place[]): readonly Place[] {
  const bytes = ({ descriptor }: Place): number => (hasLinks(descriptor.mediaType) ? 0 : descriptor.size);
  return places.toSorted((one, other) => bytes(other) - bytes(one));
}
