/**
 * A plan: how an application becomes an image, as plain data. Planning reads names and manifests only; the same
 * application, overrides and options give the same plan on every machine.
 * @module
 */

/** What an application is. */
export type AppKind = "node" | "python" | "static" | "go" | "procfile";

/** What the image is built on. */
export type BasePlan =
  /** The default base of Node.js, of a major version. */
  | { readonly kind: "node"; readonly major: number }
  /** A base with Python, of a version such as `3.11`; any where none is asked for. */
  | { readonly kind: "python"; readonly version?: string }
  /** Nothing below. */
  | { readonly kind: "scratch" }
  /** Somebody has to say. */
  | { readonly kind: "named"; readonly reference?: string };

/** A command of the project that runs where teu runs, before files are collected. */
export interface HostStep {
  readonly name: string;
  readonly run: readonly string[];
  /** Where, relative to the application. */
  readonly folder: string;
  /** Variables that are set for it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it runs once for each platform. */
  readonly perPlatform?: boolean;
  /** What has to be there afterwards, relative to the application. */
  readonly output?: string;
}

/** The lockfiles that are read. */
export type LockKind = "npm" | "pnpm" | "yarn" | "uv" | "poetry" | "pipenv" | "requirements";

/** Where dependencies come from, and which. */
export interface DependencyPlan {
  readonly lock: LockKind;
  /** The lockfile, relative to the application. */
  readonly file: string;
  /** Packages whose install scripts are to be run; true for all. */
  readonly installScripts: readonly string[] | true;
  /** The version of Python, such as `3.11`, where the user says it; otherwise the base does. */
  readonly python?: string;
}

/** What a layer is made of. */
export type LayerPlan =
  /** The packages of the lockfile, in as many layers as suit. */
  | { readonly from: "dependencies"; readonly to: string }
  /** The files of a folder of the application but those that are ignored; `ignore` has patterns on top of .dockerignore. */
  | { readonly from: "application"; readonly to: string; readonly folder: string; readonly ignore: readonly string[] }
  /** One program or script that a step or a bundler makes, executable; `file` names it among what is made. */
  | { readonly from: "file"; readonly to: string; readonly file: string }
  /** The server of static files that teu brings along. */
  | { readonly from: "static-server"; readonly to: string };

/** How TypeScript is made runnable. */
export type BuildMode = "script" | "bundle" | "strip" | "none";

/** What the image says of its container. */
export interface ConfigPlan {
  readonly user: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly ports: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal: string;
}

/** How an application becomes an image. */
export interface Plan {
  /** The version of this shape. */
  readonly version: 1;
  readonly kind: AppKind;
  /** The application's own name; empty if it has none. */
  readonly name: string;
  readonly base: BasePlan;
  readonly build: BuildMode;
  /** What a bundler starts from. */
  readonly entry?: string;
  readonly steps: readonly HostStep[];
  readonly dependencies?: DependencyPlan;
  /** Lowest first. */
  readonly layers: readonly LayerPlan[];
  readonly config: ConfigPlan;
  /** What the user may want to know: what was assumed, and how to say otherwise. */
  readonly notes: readonly string[];
}

/** The user of images unless the user says otherwise: nobody in particular, and not root. */
export const DEFAULT_USER = "65532:65532";

/** Where applications go. */
export const APP_FOLDER = "/app";
