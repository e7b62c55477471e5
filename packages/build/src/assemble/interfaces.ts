/**
 * What a build takes from outside: somebody who runs commands in containers, and somebody who bundles. Both are optional;
 * what needs one that is not there is refused.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import type { NewLayer } from "@teu/content/mutate/layer-edit";
import type { Platform } from "@teu/spec/platform";

/** A command to be run in a container of an image. */
export interface ContainerStep {
  /** The image as it is so far. */
  readonly image: Image;
  readonly platform: Platform;
  readonly command: readonly string[];
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** For people. */
  readonly name: string;
}

/** Runs commands in containers. */
export interface StepRunner {
  /** Runs a command and gives what it changed as a layer; nothing if it changed nothing. */
  run(step: ContainerStep, options?: { readonly signal?: AbortSignal | undefined }): Promise<NewLayer | undefined>;
}

/** What to bundle. */
export interface BundleRequest {
  /** The folder of the application. */
  readonly folder: string;
  /** A source file, relative to it. */
  readonly entry: string;
  /** The major version of Node.js that runs the bundle. */
  readonly node: number;
}

/** Makes one script of a source file and all that it imports. */
export interface Bundler {
  bundle(request: BundleRequest): Promise<Uint8Array>;
}
