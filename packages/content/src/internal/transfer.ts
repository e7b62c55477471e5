/**
 * Brings one content to the target in the cheapest way that the target offers: it is there, it is mounted, an earlier
 * try goes on, or it is put.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { parseLayerType } from "@teu/spec/media-types";
import { isTeuError } from "@teu/std/error";
import type { CopyEvent, CopyOptions, CopyOutcome } from "../copy.ts";
import type { ContentErrorCode } from "../errors.ts";
import { type BlobReader, type ByteStream, type ContentFile, type Target, can } from "../store.ts";
import { embeddedContent } from "../verified-read.ts";
import { atTarget, copyError } from "./copy-error.ts";
import { watchSource } from "./watched-source.ts";

/** Moves content from one store to another. */
export class Transfer {
  readonly #source: BlobReader;
  readonly #target: Target;
  readonly #options: CopyOptions;

  constructor(source: BlobReader, target: Target, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  /** Brings a blob. @returns Whether it is new there */
  async blob(descriptor: Descriptor): Promise<boolean> {
    if (can(this.#target, "wants") && !this.#target.wants(descriptor)) return this.#finish(descriptor, "left-out");
    if (await this.isPresent(descriptor)) return false;
    if (await this.#mount(descriptor)) return this.#finish(descriptor, "mounted");
    return this.#finish(descriptor, (await this.#move(descriptor)) ? "copied" : "left-out");
  }

  /**
   * Brings a document that has been read and verified. One that has something new below it is not looked for; with
   * a name it is put by `putNamed`.
   * @returns Whether it is new there, as far as that is known
   */
  async document(
    descriptor: Descriptor,
    bytes: Uint8Array,
    { hasNew, name }: { readonly hasNew: boolean; readonly name: string | undefined },
  ): Promise<boolean> {
    if (!hasNew && (await this.isPresent(descriptor))) return false;
    this.#tell({ type: "started", descriptor, start: 0 });
    const target = this.#target;
    await atTarget(descriptor, "writing it", () =>
      name !== undefined && can(target, "putNamed")
        ? target.putNamed(name, descriptor, [bytes], this.#call)
        : target.put(descriptor, [bytes], this.#call),
    );
    return this.#finish(descriptor, "copied");
  }

  /** Tells whether content is at the target, and reports it as finished if so. */
  async isPresent(descriptor: Descriptor): Promise<boolean> {
    const isPresent = await atTarget(descriptor, "looking for it", () => this.#target.has(descriptor, this.#call));
    if (isPresent) this.#finish(descriptor, "present");
    return isPresent;
  }

  /** Asks the target to hold on to content without a name. */
  async keep(descriptor: Descriptor): Promise<void> {
    await atTarget(descriptor, "keeping it", () => this.#target.keep(descriptor, this.#call));
  }

  async #mount(descriptor: Descriptor): Promise<boolean> {
    const target = this.#target;
    if (!can(target, "mount")) return false;
    return await atTarget(descriptor, "mounting it", () => target.mount(descriptor, this.#source, this.#call));
  }

  async #move(descriptor: Descriptor): Promise<boolean> {
    let start = await this.#partialBytes(descriptor);
    for (;;) {
      try {
        return await this.#put(descriptor, start);
      } catch (error) {
        // The part from before may be what is wrong, and is gone now; or else what was read.
        if (!isWrongContent(error) || (start === 0 && !this.#distrust(descriptor))) throw error;
        start = 0;
      }
    }
  }

  async #partialBytes(descriptor: Descriptor): Promise<number> {
    const target = this.#target;
    if (!can(target, "resume")) return 0;
    return await atTarget(descriptor, "looking for a part of it", () => target.partialBytes(descriptor, this.#call));
  }

  #distrust(descriptor: Descriptor): boolean {
    return can(this.#source, "distrust") && this.#source.distrust(descriptor);
  }

  /** Moves the bytes from `start` on. Answers false if the source lacks content that need not be there. */
  async #put(descriptor: Descriptor, start: number): Promise<boolean> {
    const target = this.#target;
    await using file = start === 0 && can(target, "putFile") ? await this.#fileOf(descriptor) : undefined;
    const source = { failed: false };
    const chunks = watchSource(this.#open(descriptor, start), source, this.#counter(descriptor, start));
    this.#tell({ type: "started", descriptor, start });
    try {
      if (file !== undefined && can(target, "putFile"))
        await target.putFile(descriptor, file, { ...this.#call, onBytes: this.#counter(descriptor, 0) });
      else if (start > 0 && can(target, "resume")) await target.resume(descriptor, start, chunks, this.#call);
      else await target.put(descriptor, chunks, this.#call);
      return true;
    } catch (error) {
      if (source.failed && isLegallyMissing(descriptor, error)) return false;
      if (source.failed || isWrongContent(error)) throw copyError("ERR_COPY_SOURCE", descriptor, "reading it", error);
      throw copyError("ERR_COPY_TARGET", descriptor, "writing it", error);
    }
  }

  /** The content as a file, for a target that takes one. What is wrong with it shows when it is read as usual. */
  async #fileOf(descriptor: Descriptor): Promise<ContentFile | undefined> {
    if (!can(this.#source, "openFile") || descriptor.data !== undefined) return undefined;
    return await this.#source.openFile(descriptor, this.#call).catch(() => undefined);
  }

  /** Tells the progress; nothing where nobody wants to know, since counting takes time. */
  #counter(descriptor: Descriptor, start: number): ((bytes: number) => void) | undefined {
    if (this.#options.onEvent === undefined) return undefined;
    return (bytes) => this.#tell({ type: "progress", descriptor, bytes: start + bytes });
  }

  #open(descriptor: Descriptor, start: number): ByteStream {
    const embedded = embeddedContent(descriptor);
    if (embedded === undefined) return this.#source.openUnverified(descriptor, { ...this.#call, start });
    return (async function* () {
      yield embedded.subarray(start);
    })();
  }

  get #call(): { readonly signal: AbortSignal | undefined } {
    return { signal: this.#options.signal };
  }

  /** Answers whether that made the content new at the target. */
  #finish(descriptor: Descriptor, outcome: CopyOutcome): boolean {
    this.#tell({ type: "finished", descriptor, outcome });
    return outcome === "copied" || outcome === "mounted";
  }

  #tell(event: CopyEvent): void {
    this.#options.onEvent?.(event);
  }
}

const WRONG_CONTENT: readonly ContentErrorCode[] = ["ERR_BLOB_SIZE", "ERR_BLOB_DIGEST"];

function isWrongContent(error: unknown): boolean {
  const cause = isTeuError(error, "ERR_COPY_SOURCE") ? error.cause : error;
  return WRONG_CONTENT.some((code) => isTeuError(cause, code));
}

/** Layers that may not be distributed are often not in the layouts and archives that name them. */
function isLegallyMissing(descriptor: Descriptor, error: unknown): boolean {
  return (
    isTeuError<ContentErrorCode>(error, "ERR_BLOB_MISSING") &&
    parseLayerType(descriptor.mediaType)?.base.distributable === false
  );
}
