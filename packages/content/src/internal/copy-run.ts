/**
 * One run of a copy: which content to see to, in which order, and what happens when something fails.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { Semaphore } from "@teu/std/limit";
import type { CopyEvent, CopyOptions } from "../copy.ts";
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

/** Copies all content of the job. When it fails, everything that was under way has ended. */
export async function copyGraph(job: CopyJob, options: CopyOptions): Promise<void> {
  const controller = new AbortController();
  const signal =
    options.signal === undefined ? controller.signal : AbortSignal.any([options.signal, controller.signal]);
  const run = new CopyRun(job, { ...options, signal });
  try {
    await run.node({ descriptor: job.root, depth: 0 });
    await run.referrers();
  } catch (error) {
    controller.abort(error);
  }
  await run.settled();
  signal.throwIfAborted();
}

interface Place {
  readonly descriptor: Descriptor;
  readonly depth: number;
}

class CopyRun {
  readonly #job: CopyJob;
  readonly #options: CopyOptions;
  readonly #guard: GraphGuard;
  readonly #slots: Semaphore;
  readonly #isSerial: boolean;
  readonly #transfer: Transfer;
  readonly #work = new Map<string, Promise<void>>();
  readonly #subjects: Place[] = [];

  constructor(job: CopyJob, options: CopyOptions) {
    const { target } = job;
    const most = can(target, "maxParallelPuts") ? target.maxParallelPuts() : Number.MAX_SAFE_INTEGER;
    const concurrency = Math.min(options.concurrency ?? DEFAULT_CONCURRENCY, most);
    this.#job = job;
    this.#options = options;
    this.#guard = new GraphGuard(options);
    this.#slots = new Semaphore(concurrency);
    this.#isSerial = concurrency === 1;
    this.#transfer = new Transfer(job.store, target, options);
  }

  /** Sees to content and what it needs, once. */
  node(place: Place): Promise<void> {
    const key = contentKey(place.descriptor);
    const known = this.#work.get(key);
    if (known !== undefined) return known;
    const work = this.#copyNode(place);
    this.#work.set(key, work);
    return work;
  }

  /** Copies what refers to the manifests and indexes copied so far, and what refers to that. */
  async referrers(): Promise<void> {
    if (this.#options.referrers !== true) return;
    const { signal } = this.#options;
    for (let subject = this.#subjects.shift(); subject !== undefined; subject = this.#subjects.shift()) {
      const { descriptor, depth } = subject;
      const list = async (): Promise<Descriptor[]> =>
        await Array.fromAsync(listReferrers(this.#job.referrers, descriptor, { signal }));
      const referrers = await atSource(descriptor, "listing its referrers", list);
      await this.#children(referrers, depth + 1);
      for (const referrer of referrers) await this.#transfer.keep(referrer);
    }
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#work.values());
  }

  async #copyNode(place: Place): Promise<void> {
    const { descriptor } = place;
    this.#options.signal?.throwIfAborted();
    this.#guard.enter(place);
    this.#tell({ type: "found", descriptor });
    if (!hasLinks(descriptor.mediaType)) return await this.#slot(() => this.#transfer.blob(descriptor));
    if (this.#options.trustTarget === true && (await this.#slot(() => this.#transfer.isPresent(descriptor)))) return;
    const document = await this.#slot(() => this.#read(descriptor));
    await this.#children(this.#childrenOf(document), place.depth + 1);
    await this.#slot(() => this.#transfer.document(descriptor, document.bytes));
    this.#subjects.push(place);
  }

  #read(descriptor: Descriptor): Promise<GraphDocument> {
    return atSource(descriptor, "reading it", () => readDocument(this.#job.store, descriptor, this.#options));
  }

  #childrenOf({ links }: GraphDocument): readonly Descriptor[] {
    const { takes } = this.#job;
    return links.role === "index" && takes !== undefined ? links.children.filter(takes) : links.children;
  }

  async #children(descriptors: readonly Descriptor[], depth: number): Promise<void> {
    if (!this.#isSerial) {
      await Promise.all(descriptors.map((descriptor) => this.node({ descriptor, depth })));
      return;
    }
    for (const descriptor of descriptors) await this.node({ descriptor, depth });
  }

  #slot<T>(work: () => Promise<T>): Promise<T> {
    return this.#slots.run(work, this.#options.signal);
  }

  #tell(event: CopyEvent): void {
    this.#options.onEvent?.(event);
  }
}
