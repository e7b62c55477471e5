/**
 * Trusts the authorities of `NODE_EXTRA_CA_CERTS` when TLS is first spoken. Node reads them, and all others, at every start,
 * which takes three times as long as all else; so the front door hands their file over by another name.
 * @module
 */
import { readFileSync } from "node:fs";
import type * as nodeTls from "node:tls";

/** What is changed of `node:tls`. */
type Tls = { -readonly [Name in "createSecureContext" | "getCACertificates"]: (typeof nodeTls)[Name] } & Pick<
  typeof nodeTls,
  "setDefaultCACertificates"
>;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const SPEAKS_TLS = /^(?:node:)?(?:tls|https|http2)$/;

/** Loads modules of Node, and prepares `node:tls` before whatever needs it. */
export class Builtins {
  #file: string | undefined;

  /** Takes the file over, and gives its name back to the environment, for programs that are started in turn. */
  constructor(env: NodeJS.ProcessEnv) {
    this.#file = env["TEU_EXTRA_CA_CERTS"] === "" ? undefined : env["TEU_EXTRA_CA_CERTS"];
    delete env["TEU_EXTRA_CA_CERTS"];
    if (this.#file === undefined) return;
    env["NODE_EXTRA_CA_CERTS"] = this.#file;
    const { fetch } = globalThis;
    globalThis.fetch = (...words) => {
      this.prepare();
      return fetch(...words);
    };
  }

  /** A module of Node, undefined if there is none of that name. */
  load(name: string): unknown {
    if (this.#file !== undefined && SPEAKS_TLS.test(name)) this.prepare();
    return process.getBuiltinModule(name);
  }

  /** Has the file read as soon as authorities are asked for. */
  prepare(): void {
    if (this.#file !== undefined) trustWhenAsked(process.getBuiltinModule("node:tls") as Tls, this.#file);
    this.#file = undefined;
  }
}

function trustWhenAsked(tls: Tls, file: string): void {
  const { createSecureContext, getCACertificates } = tls;
  let extra: string[] | undefined;
  const read = (): string[] => (extra ??= readCertificates(file));
  let trusted = false;
  tls.getCACertificates = (type) => (type === "extra" ? read() : getCACertificates(type));
  tls.createSecureContext = (options) => {
    if (!trusted && options?.ca === undefined) {
      trusted = true;
      tls.setDefaultCACertificates([...getCACertificates("default"), ...read()]);
    }
    return createSecureContext(options);
  };
  process.getBuiltinModule("node:module").syncBuiltinESMExports();
}

function readCertificates(file: string): string[] {
  try {
    return readFileSync(file, "utf8").match(CERTIFICATE) ?? [];
  } catch (error) {
    process.emitWarning(`Ignoring the certificates of NODE_EXTRA_CA_CERTS: ${(error as Error).message}`);
    return [];
  }
}
