/**
 * `teu sync`: many images from registry to registry, or into a layout, of which only what is missing moves.
 * @module
 */
import { resolve } from "node:path";
import { copy } from "@teu/content/copy";
import type { Descriptor } from "@teu/spec/descriptor";
import { formatReference } from "@teu/spec/reference";
import { TeuError, isTeuError } from "@teu/std/error";
import { stringifyJson } from "@teu/std/json-value";
import { Semaphore } from "@teu/std/limit";
import { printable } from "@teu/std/redact";
import { collect } from "@teu/std/streams";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { numberOption, openRegistries, readPlatform } from "../../images/client.ts";
import { readInput } from "../../images/input-file.ts";
import { type Progress, showProgress } from "../../images/progress.ts";
import { type EntryOptions, entryOf } from "../../sync/sync-entry.ts";
import { type SyncFile, parseSyncFile } from "../../sync/sync-file.ts";
import { SyncPlaces, nameOf } from "../../sync/sync-places.ts";
import { type SyncImage, imagesOf } from "../../sync/sync-plan.ts";
import { wantsJson } from "../image/output.ts";

const DEFAULT_PARALLEL = 2;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** What became of an image. */
interface Outcome {
  readonly action: "copied" | "present" | "would copy" | "would check" | "failed";
  readonly source: string;
  readonly target: string;
  readonly digest?: string;
  readonly error?: string;
}

/** Runs `teu sync`. */
export const sync: Action = async (invocation, host) => {
  const isJson = wantsJson(invocation);
  const { entries, parallel = DEFAULT_PARALLEL, insecure, notes } = await readPlan(invocation, host);
  for (const note of notes) host.note(`teu: ${note}`);
  using registries = openRegistries(invocation, host, { insecure });
  using progress = showProgress(host, { quiet: invocation.flag("quiet") });
  await using places = new SyncPlaces(registries, host.cwd);
  const run = new SyncRun(places, { invocation, host, isJson, onEvent: progress.onEvent });
  const slots = new Semaphore(numberOption(invocation, "parallel") ?? parallel);
  const work: Promise<void>[] = [];
  for (const entry of entries) {
    try {
      for await (const image of imagesOf(entry, { registries, cwd: host.cwd, signal: host.signal })) {
        const permit = await slots.acquire(host.signal);
        work.push(run.image(image).finally(() => permit[Symbol.dispose]()));
      }
    } catch (error) {
      run.failed(entry.source, entry.target, error);
    }
  }
  await Promise.all(work);
  progress[Symbol.dispose]();
  return run.finish();
};

async function readPlan(invocation: Invocation, host: Host): Promise<SyncFile> {
  const options: EntryOptions = {
    tags: invocation.options("tag"),
    excludedTags: invocation.options("exclude-tag"),
    platforms: invocation.options("platform").map(readPlatform),
    referrers: invocation.flag("referrers"),
  };
  const file = invocation.option("file");
  const [first, second] = invocation.operands;
  if (file !== undefined) {
    if (second !== undefined) throw usage("with --file, expected a target at most");
    const bytes = await collect(readInput(resolve(host.cwd, file)), { maxBytes: MAX_FILE_BYTES, what: `"${file}"` });
    return parseSyncFile(new TextDecoder().decode(bytes), { ...options, name: file, target: first });
  }
  if (first === undefined || second === undefined) throw usage("expected a source and a target, or --file");
  return { entries: [entryOf(first, second, options)], parallel: undefined, insecure: [], notes: [] };
}

function usage(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `Reading what to synchronise: ${problem}`);
}

interface RunOptions {
  readonly invocation: Invocation;
  readonly isJson: boolean;
  readonly host: Host;
  readonly onEvent: Progress["onEvent"];
}

/** One run over all images. An image that fails keeps none of the others from being copied. */
class SyncRun {
  readonly #places: SyncPlaces;
  readonly #options: RunOptions;
  readonly #outcomes: Outcome[] = [];

  constructor(places: SyncPlaces, options: RunOptions) {
    this.#places = places;
    this.#options = options;
  }

  async image(image: SyncImage): Promise<void> {
    const name = nameOf(image);
    const source = "layout" in image.source ? `oci:${image.source.layout}:${name}` : name;
    const target = "layout" in image.target ? `oci:${image.target.layout}:${name}` : formatReference(image.target);
    try {
      this.#tell({ ...(await this.#move(image)), source, target });
    } catch (error) {
      this.failed(source, target, error);
    }
  }

  async #move(image: SyncImage): Promise<Pick<Outcome, "action" | "digest">> {
    const { invocation, host, onEvent } = this.#options;
    const { signal } = host;
    const from = await this.#places.source(image);
    const root = await from.store.resolve(from.name, { signal });
    if (root === undefined) throw new TeuError<CliErrorCode>("ERR_IMAGE_MISSING", "there is no such image");
    const { store, name } = await this.#places.target(image);
    const there = name === undefined ? undefined : await store?.resolve(name, { signal });
    const { platforms, referrers } = image.entry;
    const isSame = there?.digest === root.digest && platforms.length === 0;
    if (isSame && !referrers) return { action: "present", digest: root.digest };
    if (invocation.flag("dry-run"))
      return { action: there === undefined ? "would copy" : this.#doubt(there, root, image), digest: root.digest };
    const moved = await copy(from.store, await this.#places.made(image), root, {
      tags: name === undefined ? [] : [name],
      concurrency: numberOption(invocation, "jobs"),
      platforms: platforms.length === 0 ? undefined : platforms,
      referrers,
      signal,
      onEvent,
    });
    return { action: there?.digest === moved.digest ? "present" : "copied", digest: moved.digest };
  }

  /** What a dry run says of an image of which something is there. */
  #doubt(there: Descriptor, root: Descriptor, { entry }: SyncImage): Outcome["action"] {
    return there.digest === root.digest || entry.platforms.length > 0 ? "would check" : "would copy";
  }

  failed(source: string, target: string, error: unknown): void {
    this.#options.host.signal.throwIfAborted();
    const message = error instanceof Error ? printable(error.message) : String(error);
    this.#options.host.note(`teu: ${source}: ${message}`);
    if (isTeuError(error) && error.hint !== undefined) this.#options.host.note(`teu: ${error.hint}`);
    this.#tell({ action: "failed", source, target, error: message });
  }

  #tell(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    const { host, isJson } = this.#options;
    if (isJson || outcome.action === "failed") return;
    host.out(`${outcome.action} ${outcome.source} -> ${outcome.target} ${outcome.digest ?? ""}\n`);
  }

  /** Says how it went. */
  finish(): number {
    const { host, isJson } = this.#options;
    if (isJson) host.out(`${stringifyJson(this.#outcomes)}\n`);
    const failures = this.#outcomes.filter(({ action }) => action === "failed").length;
    if (failures > 0) host.note(`teu: ${failures} of ${this.#outcomes.length} failed`);
    return failures > 0 ? EXIT.failed : EXIT.ok;
  }
}
