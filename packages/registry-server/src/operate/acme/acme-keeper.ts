/**
 * Keeps a certificate from an authority in a folder, and gets a new one in good time. Where the authority asks by HTTP, it
 * answers on port 80: the authority gets what it asks for, everybody else the way to TLS.
 * @module
 */
import { X509Certificate, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import { join, resolve } from "node:path";
import { createFileAtomic, writeFileAtomic } from "@teu/std/atomic-file";
import { isTeuError } from "@teu/std/error";
import type { AcmeConfig } from "../../config/place-fields.ts";
import type { TlsKeys } from "../../serve.ts";
import { obtainCertificate } from "./acme-client.ts";
import { TlsChallenge } from "./tls-challenge.ts";

/** What a keeper works with. */
export interface KeeperOptions {
  readonly config: AcmeConfig;
  /** Folder of the key of the account and of the certificate. */
  readonly root: string;
  /** Folder that relative paths of the configuration start from. */
  readonly folder: string;
  /** Given new keys when there are some. */
  readonly onKeys: (keys: TlsKeys) => void;
  readonly onError: (error: unknown) => void;
  /** Milliseconds since 1970. Default: the clock of the machine. */
  readonly now?: () => number;
}

const CHALLENGES = "/.well-known/acme-challenge/";
const LOOK_MS = 6 * 3_600_000;
/** A new certificate is got when this share of the time of the old one is left. */
const RENEWED = 1 / 3;

/** One certificate. */
export class AcmeKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions;
  readonly #offers = new Map<string, string>();
  readonly #ending = new AbortController();
  /** Missing where the authority asks by TLS. */
  readonly #server: Server | undefined;
  readonly challenge: TlsChallenge | undefined;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: KeeperOptions) {
    this.#options = options;
    this.challenge = options.config.challenge === "tls" ? new TlsChallenge() : undefined;
    if (this.challenge !== undefined) return;
    this.#server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
      const offered = this.#offers.get((request.url ?? "").slice(CHALLENGES.length));
      const [domain] = this.#options.config.domains;
      if (request.url?.startsWith(CHALLENGES) === true && offered !== undefined) response.end(offered);
      else response.writeHead(308, { Location: `https://${domain}${request.url ?? "/"}` }).end();
    });
  }

  /** Gives the first keys, which are got if there are none, and goes on to look whether they become old. */
  static async start(
    options: KeeperOptions & { readonly host?: string | undefined; readonly port: number },
  ): Promise<AcmeKeeper & { readonly keys: TlsKeys }> {
    const keeper = new AcmeKeeper(options);
    await keeper.#listen(options.host);
    try {
      const stored = await keeper.#stored();
      const keys = stored?.keys ?? (await keeper.#obtainFirst(options));
      // An authority that is away keeps no registry from starting whose certificate still holds.
      if (stored?.old === true) keeper.#work = keeper.look();
      keeper.#timer = setInterval(() => void (keeper.#work = keeper.look()), LOOK_MS).unref();
      return Object.assign(keeper, { keys });
    } catch (error) {
      await keeper[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #listen(host: string | undefined): Promise<void> {
    if (this.#server === undefined) return;
    const { promise, resolve: listening, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject).listen(this.#options.config.httpPort, host, listening);
    await promise;
  }

  /** Nobody listens yet where the authority asks by TLS. */
  async #obtainFirst({ port, host }: { readonly port: number; readonly host?: string | undefined }): Promise<TlsKeys> {
    if (this.challenge === undefined) return this.#obtain();
    await using _listening = await this.challenge.listen(port, host);
    return await this.#obtain();
  }

  /** Gets a new certificate if a third of the time of the old one is left, or the domains are others. */
  async look(): Promise<void> {
    try {
      if ((await this.#stored())?.old === false) return;
      this.#options.onKeys(await this.#obtain());
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #path(name: string): string {
    return join(this.#options.root, "acme", name);
  }

  /** The certificate of the last time, if it still holds; old if it is time for another. */
  async #stored(): Promise<{ readonly keys: TlsKeys; readonly old: boolean } | undefined> {
    try {
      const [cert, key] = [
        await readFile(this.#path("cert.pem"), "utf8"),
        await readFile(this.#path("key.pem"), "utf8"),
      ];
      const { config, now = Date.now } = this.#options;
      const left = timeLeft(new X509Certificate(cert), config.domains, now());
      return left > 0 ? { keys: { cert, key }, old: left < RENEWED } : undefined;
    } catch {
      return undefined;
    }
  }

  async #obtain(): Promise<TlsKeys> {
    const { config, folder } = this.#options;
    await mkdir(this.#path(""), { recursive: true, mode: 0o700 });
    const key = makeKey();
    const cert = await obtainCertificate({
      ...config,
      accountKey: createPrivateKey(await this.#accountKey()),
      key: createPrivateKey(key),
      ca: config.ca === undefined ? undefined : await readFile(resolve(folder, config.ca)),
      challenge: this.challenge === undefined ? "http-01" : "tls-alpn-01",
      offer: ({ domain, token, text }) => {
        this.challenge?.offer(domain, text);
        this.#offers.set(token, text);
      },
      signal: this.#ending.signal,
    }).finally(() => {
      this.#offers.clear();
      this.challenge?.clear();
    });
    await writeFileAtomic(this.#path("key.pem"), Buffer.from(key), { mode: 0o600 });
    await writeFileAtomic(this.#path("cert.pem"), Buffer.from(cert), { mode: 0o600 });
    return { key, cert };
  }

  async #accountKey(): Promise<string> {
    try {
      await createFileAtomic(this.#path("account.pem"), makeKey(), { mode: 0o600 });
    } catch (error) {
      if (!isTeuError(error, "ERR_FILE_EXISTS")) throw error;
    }
    return readFile(this.#path("account.pem"), "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    const server = this.#server;
    server?.closeAllConnections();
    if (server !== undefined) await new Promise((closed) => void server.close(closed));
    await this.#work;
  }
}

function makeKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Which share of its time a certificate has left; nothing if it is not for `domains`. */
function timeLeft(certificate: X509Certificate, domains: readonly string[], now: number): number {
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  return domains.every((name) => certificate.checkHost(name) !== undefined) ? (until - now) / (until - from) : 0;
}
