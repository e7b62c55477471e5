/**
 * The stores that images of a synchronisation are in, each opened once.
 * @module
 */
import { resolve } from "node:path";
import { type LayoutStore, openLayout } from "@teu/content/layout-store";
import type { Source, Target } from "@teu/content/store";
import type { UserRegistries } from "@teu/registry-client/user-registries";
import { formatReference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import type { SyncImage } from "./sync-plan.ts";

/** What an image goes by in a store. */
export interface Named<Store> {
  readonly store: Store;
  /** Nothing where only its digest names it. */
  readonly name: string | undefined;
}

/** Opens stores, and closes them when it is disposed of. */
export class SyncPlaces implements AsyncDisposable {
  readonly #registries: UserRegistries;
  readonly #cwd: string;
  readonly #cleanup = new AsyncDisposableStack();
  readonly #layouts = new Map<string, Promise<LayoutStore>>();

  constructor(registries: UserRegistries, cwd: string) {
    this.#registries = registries;
    this.#cwd = cwd;
  }

  async source({ source }: SyncImage): Promise<Named<Source> & { readonly name: string }> {
    if ("layout" in source) return { store: await this.#layout(source.layout), name: source.name };
    const { digest, tag } = source;
    return { store: await this.#registries.source(source), name: digest ?? tag ?? "latest" };
  }

  /** Where an image goes, if that is there, without making anything. */
  async target(image: SyncImage): Promise<Named<Source | undefined>> {
    const { target } = image;
    if (!("layout" in target)) return { store: await this.#registries.target(target), name: target.tag };
    try {
      return { store: await this.#layout(target.layout), name: nameOf(image) };
    } catch (error) {
      if (isTeuError(error)) return { store: undefined, name: nameOf(image) };
      throw error;
    }
  }

  /** The same, made where it is not there. */
  async made({ target }: SyncImage): Promise<Target> {
    return "layout" in target
      ? await this.#layout(target.layout, { create: true })
      : await this.#registries.target(target);
  }

  #layout(folder: string, options: { readonly create?: boolean } = {}): Promise<LayoutStore> {
    const path = resolve(this.#cwd, folder);
    // Who makes one does not wait for who finds none.
    const key = `${options.create === true} ${path}`;
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const opened = openLayout(path, options).then((layout) => this.#cleanup.use(layout));
    this.#layouts.set(key, opened);
    // One that was not there may be made later.
    opened.catch(() => this.#layouts.delete(key));
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }
}

/** What an image is called in a layout, and in messages. */
export function nameOf({ source }: SyncImage): string {
  return "layout" in source ? source.name : formatReference(source);
}
