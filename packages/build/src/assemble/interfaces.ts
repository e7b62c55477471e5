/**
 * What a build takes from outside: somebody who runs commands in containers, and somebody who bundles. Both are optional;
 * what needs one that is not there is refused.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
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
  /** A folder of the host that the command can write to, and where it finds it. */
  readonly output: { readonly folder: string; readonly at: string };
}

/** How a command ended. */
export interface StepResult {
  readonly exitCode: number;
  /** The last lines that it printed. */
  readonly lines: readonly string[];
}

/** How to run. */
export interface StepOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Runs commands in containers. */
export interface StepRunner {
  /** Runs a command as root of the container, with a network. Nothing is left of the container. */
  run(step: ContainerStep, options?: StepOptions): Promise<StepResult>;
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
