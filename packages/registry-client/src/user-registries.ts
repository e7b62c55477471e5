/**
 * Registries as the user of this machine has configured them: with their credentials, certificates, proxies, mirrors and
 * short names, from the files that docker, podman and containerd read.
 * @module
 */
import { type Reference, formatReference, isShortName } from "@teu/spec/reference";
import { TeuError, isTeuError } from "@teu/std/error";
import type { CredentialOptions } from "./credentials/credential-lookup.ts";
import type { Credential } from "./credentials/credential.ts";
import type { RegistryClientErrorCode } from "./errors.ts";
import { findBase, isLoopback } from "./find-base.ts";
import { NodeExchange } from "./http/node-exchange.ts";
import { proxyFromEnvironment } from "./http/proxy.ts";
import type { TlsOptions } from "./http/tls-context.ts";
import { MirroredRepository } from "./mirrored-repository.ts";
import { readCertificates, readRuleCertificates } from "./names/certificates.ts";
import { type ConfigPlaces, configPlaces, readHostsToml, readRegistriesConf } from "./names/config-files.ts";
import { type Place, apiHost, placesFor } from "./names/places.ts";
import type { RegistriesConf } from "./names/registries-conf.ts";
import { candidatesFor } from "./names/short-names.ts";
import { Registry, type RegistryOptions } from "./registry.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import type { Repository } from "./repository.ts";
import type { SessionFiles } from "./upload-session-files.ts";
import type { UploadSessions } from "./upload-sessions.ts";

/** What of the user's surroundings counts, and how to talk to registries. */
export interface UserOptions extends Omit<RegistryOptions, "exchange" | "credential" | "repository" | "headers"> {
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the user's home folder. */
  readonly home?: string;
  /** Where configuration is. Default: by the environment. */
  readonly config?: ConfigPlaces;
  /** Credentials to use instead of those in files. */
  readonly credential?: RegistryOptions["credential"];
  readonly credentials?: Pick<CredentialOptions, "runHelper">;
  /** Ends the search for how registries are reached. */
  readonly signal?: AbortSignal;
  /** Hosts that need neither a good certificate nor TLS; `*` for all. */
  readonly insecure?: readonly string[];
  readonly repository?: RepositoryOptions;
  /** Asks the user which of several images a short name means; nothing where nobody can be asked. */
  readonly choose?: (name: string, candidates: readonly Reference[]) => Promise<Reference | undefined>;
  /** Is told when a mirror fails. */
  readonly onMessage?: (message: string) => void;
}

/** The user's registries. Connections end when it is disposed of. */
export class UserRegistries implements Disposable {
  readonly #options: UserOptions;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #home: string;
  readonly #config: ConfigPlaces;
  readonly #registries = new Map<string, Promise<Registry>>();
  readonly #exchanges: NodeExchange[] = [];
  #rules: RegistriesConf | undefined;
  #names: RegistriesConf | undefined;
  #files: SessionFiles | undefined;

  constructor(options: UserOptions = {}) {
    const { env = process.env, home = env["HOME"] ?? homeOfUser() } = options;
    this.#options = options;
    this.#env = env;
    this.#home = home;
    this.#config = options.config ?? configPlaces(env, home);
  }

  [Symbol.dispose](): void {
    for (const exchange of this.#exchanges) exchange[Symbol.dispose]();
  }

  /** Everything a name that people write may mean; see `candidatesFor`. */
  async candidates(text: string): Promise<readonly Reference[]> {
    return candidatesFor(text, this.#confFor(text)).references;
  }

  /**
   * What a name that people write means: of several candidates, the one that the user chooses, or else the first whose
   * registry has it.
   * @throws TeuError `ERR_SHORT_NAME` if the user has to say which is meant, and cannot be asked: in the mode `enforcing`.
   */
  async find(text: string, signal?: AbortSignal): Promise<Reference> {
    const conf = this.#confFor(text);
    const { references, ambiguous } = candidatesFor(text, conf);
    const [first] = references;
    if (first === undefined) throw new RangeError("a name without meaning");
    if (references.length === 1) return first;
    const chosen = ambiguous ? await this.#options.choose?.(text, references) : undefined;
    if (chosen !== undefined) return chosen;
    const names = references.map(formatReference).join(", ");
    if (ambiguous && conf.shortNameMode === "enforcing") throw shortName(text, `it could be any of ${names}`);
    for (const reference of references) if (await this.#has(reference, signal)) return reference;
    throw shortName(text, `none of ${names} is there`);
  }

  async #has(reference: Reference, signal?: AbortSignal): Promise<boolean> {
    const source = await this.source(reference);
    try {
      return (await source.resolve(reference.digest ?? reference.tag ?? "latest", { signal })) !== undefined;
    } catch (error) {
      if (isTeuError(error)) return false;
      throw error;
    }
  }

  /**
   * A repository to read from, mirrors included.
   * @throws TeuError `ERR_REGISTRY_BLOCKED`, `ERR_REGISTRY_CONFIG`
   */
  async source(reference: Reference): Promise<Repository | MirroredRepository> {
    const places = await this.#places(reference);
    const [only] = places;
    if (places.length === 1 && only !== undefined) return await this.#open(only);
    const tell = this.#options.onMessage ?? ((): void => {});
    return new MirroredRepository(
      places.map((place) => ({ place, open: async () => await this.#open(place) })),
      tell,
    );
  }

  /**
   * A repository to write to, at the registry itself.
   * @throws TeuError `ERR_REGISTRY_BLOCKED`, `ERR_REGISTRY_CONFIG`
   */
  async target(reference: Reference): Promise<Repository> {
    const places = await this.#places(reference);
    const place = places.findLast(({ uses }) => uses.push);
    if (place !== undefined) return await this.#open(place);
    const message = `Pushing to "${reference.host}": hosts.toml names no host that takes pushes`;
    throw new TeuError<RegistryClientErrorCode>("ERR_REGISTRY_CONFIG", message);
  }

  /** The registry of a host, without mirrors. */
  async registry(host: string): Promise<Registry> {
    const rules = readHostsToml(this.#config, host);
    const conf = this.#registriesConf();
    const rule = conf.registries.find(({ prefix }) => prefix === host);
    const base = rules?.at(-1)?.base;
    return await this.#registry({
      host,
      path: "",
      isMirror: false,
      uses: { tags: true, digests: true, push: true },
      insecure: rule?.insecure ?? false,
      ...(base === undefined ? {} : { base }),
    });
  }

  async #places(reference: Reference): Promise<readonly Place[]> {
    const rules = readHostsToml(this.#config, reference.host);
    return placesFor(reference, { registries: this.#registriesConf(), hosts: () => rules });
  }

  async #open(place: Place): Promise<Repository> {
    const registry = await this.#registry(place);
    const namespace = place.namespace === undefined ? {} : { namespace: place.namespace };
    return registry.repository(place.path, namespace);
  }

  #registry(place: Place): Promise<Registry> {
    const key = `${place.base?.href ?? place.host} ${place.insecure}`;
    const known = this.#registries.get(key);
    if (known !== undefined) return known;
    const made = this.#connect(place);
    this.#registries.set(key, made);
    made.catch(() => this.#registries.delete(key));
    return made;
  }

  async #connect(place: Place): Promise<Registry> {
    const { insecure = [], credential, repository, ...options } = this.#options;
    const host = apiHost(place.host);
    const isInsecure = place.insecure || insecure.includes("*") || insecure.includes(place.host) || isLoopback(host);
    const node = new NodeExchange({
      proxy: proxyFromEnvironment(this.#env),
      tls: { ...this.#certificates(place), insecure: isInsecure },
    });
    this.#exchanges.push(node);
    const { exchange } = node;
    const secure = new URL(`https://${host}`);
    const base = place.base ?? (isInsecure ? await findBase(host, { ...options, exchange }) : secure);
    return new Registry(base, {
      ...options,
      exchange,
      headers: place.rule?.headers ?? {},
      ...(place.base === undefined ? {} : { apiPath: place.base.pathname }),
      credential: credential ?? (async (path) => await this.#credential(place, path)),
      repository: { sessions: this.#sessions(), ...repository },
    });
  }

  async #credential(place: Place, path: string): Promise<Credential | undefined> {
    // Loaded for registries that want to know who asks.
    const { findCredential } = await import("./credentials/credential-lookup.ts");
    return await findCredential(place.host, path, { env: this.#env, home: this.#home, ...this.#options.credentials });
  }

  /** Loaded for uploads that are worth remembering. */
  #sessions(): UploadSessions {
    const loaded = async (): Promise<SessionFiles> => {
      const files = await import("./upload-session-files.ts");
      return (this.#files ??= new files.SessionFiles(files.uploadSessionFolder(this.#env, this.#home)));
    };
    return {
      knows: async (key) => await (await loaded()).knows(key),
      hold: async (key) => await (await loaded()).hold(key),
    };
  }

  #certificates(place: Place): TlsOptions {
    const found = readCertificates(this.#config, apiHost(place.host));
    if (place.rule === undefined) return found;
    return { ...found, ...readRuleCertificates(place.rule) };
  }

  /** What says how registries are reached. */
  #registriesConf(): RegistriesConf {
    return (this.#rules ??= readRegistriesConf(this.#config, false));
  }

  /** The same, with aliases where a name may be one. */
  #confFor(text: string): RegistriesConf {
    return isShortName(text) ? (this.#names ??= readRegistriesConf(this.#config)) : this.#registriesConf();
  }
}

/** Node's module for it is loaded where the environment does not say. */
function homeOfUser(): string {
  return process.getBuiltinModule("node:os").homedir();
}

function shortName(text: string, problem: string): TeuError<RegistryClientErrorCode> {
  return new TeuError("ERR_SHORT_NAME", `Reading image name "${text}": ${problem}`, {
    hint: "Write the name in full, with its host, or give it an alias in registries.conf",
  });
}
