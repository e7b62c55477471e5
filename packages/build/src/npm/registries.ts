/**
 * Which registry has a package. No address of a registry is known here: where npm's configuration names none, npm itself is
 * asked for the one that it has, once and only when something is to be fetched.
 * @module
 */
import { execFile } from "node:child_process";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { NpmSettings } from "./npmrc.ts";

/** A package that is looked for. */
export interface SoughtPackage {
  readonly name: string;
  readonly version: string;
  /** Where the lockfile says that its archive is. */
  readonly url?: string;
  /** Whether `url` is only where it was found when it was locked, so that the user's registry comes before. */
  readonly isUrlHint?: boolean;
}

/**
 * Runs npm and gives what it prints.
 * @throws any error if it cannot be run.
 */
export type AskNpm = (args: readonly string[], env: Environment) => Promise<string>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Finds the registries of packages by npm's settings. */
export class NpmRegistries {
  readonly #settings: NpmSettings;
  readonly #env: Environment;
  readonly #ask: AskNpm;
  #default: Promise<string> | undefined;
  #builtIn: Promise<string> | undefined;

  /** @param ask Default: runs the `npm` that PATH has. */
  constructor(settings: NpmSettings, env: Environment, ask: AskNpm = runNpm) {
    this.#settings = settings;
    this.#env = env;
    this.#ask = ask;
  }

  /** The registry of a package, with a slash at its end. @throws TeuError `ERR_NPM_CONFIG` if there is none, or it is no address. */
  async registryOf(name: string): Promise<string> {
    const scope = /^(@[^/]+)\//.exec(name)?.[1];
    const scoped = scope === undefined ? undefined : this.#settings.get(`${scope}:registry`);
    const registry = scoped ?? this.#settings.get("registry") ?? (await (this.#default ??= this.#askDefault(name)));
    return checked(registry, name);
  }

  /**
   * Where the archive of a package may be, the most likely first. An address at the registry that npm has built in stands
   * for the registry that the user has, as npm takes it.
   * @throws TeuError `ERR_NPM_CONFIG`
   */
  async archiveUrls(pkg: SoughtPackage): Promise<readonly string[]> {
    const { name, version, url } = pkg;
    if (url !== undefined && this.#settings.get("replace-registry-host") === "never") return [url];
    const registry = await this.registryOf(name);
    const base = name.slice(name.lastIndexOf("/") + 1);
    if (url === undefined) return [`${registry}${name}/-/${base}-${version}.tgz`];
    // Below a registry the path of an archive begins with the package.
    const { host, pathname } = new URL(url);
    const at = pathname.indexOf(`/${name}/`);
    if (at < 0 || host === new URL(registry).host) return [url];
    const moved = new URL(pathname.slice(at + 1), registry).href;
    if (await this.#isReplaced(host)) return [moved];
    return pkg.isUrlHint === true ? [moved, url] : [url];
  }

  async #isReplaced(host: string): Promise<boolean> {
    const replaced = this.#settings.get("replace-registry-host");
    if (replaced === "always" || replaced === host) return true;
    if (replaced !== undefined && replaced !== "npmjs") return false;
    this.#builtIn ??= this.#askBuiltIn();
    return (await this.#builtIn) === host;
  }

  async #askDefault(name: string): Promise<string> {
    const failed = (reason: string, cause?: unknown): TeuError<BuildErrorCode> =>
      new TeuError("ERR_NPM_CONFIG", `Reading the registry of "${name}": .npmrc names none, and npm ${reason}`, {
        ...(cause === undefined ? {} : { cause }),
        hint: "Write registry=ADDRESS into .npmrc, or install npm, which knows one",
      });
    let answer: string;
    try {
      answer = lastLine(await this.#ask(["config", "get", "registry"], this.#env));
    } catch (error) {
      throw failed(`cannot be asked: ${reasonOf(error)}`, error);
    }
    if (answer === "" || answer === "undefined" || answer === "null") throw failed("knows none either");
    return answer;
  }

  /** The host of the registry that npm asks where nothing is configured; empty if npm cannot say. */
  async #askBuiltIn(): Promise<string> {
    const env = Object.fromEntries(Object.entries(this.#env).filter(([name]) => !/^npm_config_/i.test(name)));
    const nothing = ["--userconfig=/dev/null/user", "--globalconfig=/dev/null/global"];
    const answer = await this.#ask(["config", "get", "registry", ...nothing], env).catch(() => "");
    const url = lastLine(answer);
    return URL.canParse(url) ? new URL(url).host : "";
  }
}

function checked(registry: string, name: string): string {
  if (!/^https?:\/\//.test(registry) || !URL.canParse(registry)) {
    const message = `Reading the registry of "${name}": "${registry}" is no http address`;
    throw new TeuError<BuildErrorCode>("ERR_NPM_CONFIG", message);
  }
  return registry.endsWith("/") ? registry : `${registry}/`;
}

const NPM_TIMEOUT_MS = 30_000;

async function runNpm(args: readonly string[], env: Environment): Promise<string> {
  // Away from any project: what its .npmrc says is known already, and npm need not approve of it.
  const options = { cwd: "/", env: { ...env }, encoding: "utf8", timeout: NPM_TIMEOUT_MS } as const;
  return await new Promise((resolve, reject) => {
    execFile("npm", args, options, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "there is no such program";
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
