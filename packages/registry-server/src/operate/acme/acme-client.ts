/**
 * Certificates from an authority by ACME (RFC 8555), with the challenge of HTTP or that of TLS: the authority asks each domain,
 * and gets the answer that only the owner of the account can give.
 * @module
 */
import { type KeyObject, createHash, createPublicKey, sign } from "node:crypto";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { TeuError } from "@teu/std/error";
import type { Json } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import type { RegistryServerErrorCode } from "../../errors.ts";
import { makeCertificateRequest } from "./certificate-request.ts";

/** What a certificate is asked for with. */
export interface AcmeOrder {
  /** Address of the directory of the authority. */
  readonly directory: string;
  readonly domains: readonly string[];
  readonly email?: string | undefined;
  /** Key of the account: EC on P-256. */
  readonly accountKey: KeyObject;
  /** Key of the certificate: EC on P-256. */
  readonly key: KeyObject;
  /** Authorities that may have signed the certificate of the directory itself. Default: those of Node. */
  readonly ca?: Uint8Array | undefined;
  readonly challenge: "http-01" | "tls-alpn-01";
  /** Has the authority given a text when it asks. */
  readonly offer: (offer: AcmeOffer) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What an authority is to be answered. */
export interface AcmeOffer {
  readonly domain: string;
  /** Stands behind `/.well-known/acme-challenge/` in what is asked for by HTTP. */
  readonly token: string;
  readonly text: string;
}

const MAX_BYTES = 1024 * 1024;
const POLLS = 60;
const FIRST_POLL_MS = 100;
const POLL_MS = 2000;
/** How many nonces a request may use up. */
const NONCES = 12;

/**
 * Gets a certificate, with those that lead to its authority, as PEM.
 * @throws TeuError `ERR_ACME`
 */
export async function obtainCertificate(order: AcmeOrder): Promise<string> {
  return new AcmeClient(order).run();
}

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly bytes: Uint8Array;
}

class AcmeClient {
  readonly #order: AcmeOrder;
  readonly #jwk: object;
  #directory: Json | undefined;
  #account = "";
  #nonce: string | undefined;

  constructor(order: AcmeOrder) {
    this.#order = order;
    const { crv, kty, x, y } = createPublicKey(order.accountKey).export({ format: "jwk" });
    // In this order the names make the thumbprint of the key (RFC 7638).
    this.#jwk = { crv, kty, x, y };
  }

  async run(): Promise<string> {
    const { domains, email } = this.#order;
    this.#directory = parse((await this.#send("GET", this.#order.directory)).bytes);
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
    this.#account = (await this.#post(this.#place("newAccount"), { termsOfServiceAgreed: true, ...contact })).location;
    const identifiers = domains.map((value) => ({ type: "dns", value }));
    const { location, bytes } = await this.#post(this.#place("newOrder"), { identifiers });
    for (const authorization of parse(bytes).get("authorizations").list())
      await this.#authorize(authorization.string());
    await this.#poll(location, "ready");
    const csr = Buffer.from(makeCertificateRequest(domains, this.#order.key)).toString("base64url");
    await this.#post(parse(bytes).get("finalize").string(), { csr });
    const done = await this.#poll(location, "valid");
    return Buffer.from((await this.#post(done.get("certificate").string())).bytes).toString("utf8");
  }

  #place(name: string): string {
    return this.#directory?.get(name).string() ?? "";
  }

  async #authorize(url: string): Promise<void> {
    const authorization = parse((await this.#post(url)).bytes);
    if (authorization.get("status").text === "valid") return;
    const challenges = authorization.get("challenges").list();
    const challenge = challenges.find((one) => one.get("type").text === this.#order.challenge);
    if (challenge === undefined) throw this.#fault(`no challenge ${this.#order.challenge} at ${url}`);
    const token = challenge.get("token").string();
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(token)) throw this.#fault("a token of other characters than ACME has");
    const thumbprint = createHash("sha256").update(JSON.stringify(this.#jwk)).digest("base64url");
    const domain = authorization.get("identifier").get("value").string();
    this.#order.offer({ domain, token, text: `${token}.${thumbprint}` });
    await this.#post(challenge.get("url").string(), {});
    await this.#poll(url, "valid");
  }

  /** Asks until an order or authorization is as far as it has to be. */
  async #poll(url: string, wanted: string): Promise<Json> {
    for (let poll = 0; poll < POLLS; poll += 1) {
      const json = parse((await this.#post(url)).bytes);
      const status = json.get("status").string();
      if (status === wanted || status === "valid") return json;
      if (status === "invalid") throw this.#fault(`the authority refused: ${problemOf(json)}`);
      await sleep(Math.min(POLL_MS, FIRST_POLL_MS * 2 ** poll), undefined, { signal: this.#order.signal });
    }
    throw this.#fault(`${url} did not become ${wanted} in ${POLLS} looks`);
  }

  /** Sends a request that the account key signs; without a body it reads. */
  async #post(url: string, body?: object): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      this.#nonce ??= await this.#newNonce();
      const head = {
        alg: "ES256",
        nonce: this.#nonce,
        url,
        ...(this.#account === "" ? { jwk: this.#jwk } : { kid: this.#account }),
      };
      this.#nonce = undefined;
      const answer = await this.#send("POST", url, signed(head, body, this.#order.accountKey));
      if (answer.status < 300) return answer;
      const problem = Buffer.from(answer.bytes).toString("utf8");
      // A nonce may have become old meanwhile; the answer brings a new one (RFC 8555, section 6.5).
      if (attempt >= NONCES || !problem.includes("badNonce"))
        throw this.#fault(`status ${answer.status} from ${url}: ${problem}`);
    }
  }

  async #newNonce(): Promise<string> {
    await this.#send("HEAD", this.#place("newNonce"));
    if (this.#nonce === undefined) throw this.#fault("no nonce");
    return this.#nonce;
  }

  #send(method: string, url: string, body?: string): Promise<Answer> {
    const { ca, signal } = this.#order;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = { "user-agent": "teu", ...(body === undefined ? {} : { "content-type": "application/jose+json" }) };
    const options = {
      method,
      headers,
      timeout: 30_000,
      ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
      ...(signal === undefined ? {} : { signal }),
    };
    const sent = request(url, options, (answer) => {
      this.#nonce = answer.headers["replay-nonce"]?.toString() ?? this.#nonce;
      const {
        statusCode: status = 0,
        headers: { location = "" },
      } = answer;
      collect(answer, { maxBytes: MAX_BYTES }).then((bytes) => resolve({ status, location, bytes }), reject);
    });
    sent.once("timeout", () => sent.destroy(this.#fault(`${url} does not answer`)));
    sent.once("error", (cause) => reject(this.#fault(cause.message)));
    sent.end(body);
    return promise;
  }

  #fault(problem: string): TeuError<RegistryServerErrorCode> {
    const shown = problem.replaceAll(/[^ -~]/g, " ").slice(0, 500);
    return new TeuError("ERR_ACME", `Getting a certificate for "${this.#order.domains.join(", ")}": ${shown}`);
  }
}

function signed(head: object, body: object | undefined, key: KeyObject): string {
  const encode = (text: string): string => Buffer.from(text).toString("base64url");
  const [header, payload] = [encode(JSON.stringify(head)), body === undefined ? "" : encode(JSON.stringify(body))];
  const signature = sign("sha256", Buffer.from(`${header}.${payload}`), { key, dsaEncoding: "ieee-p1363" });
  return JSON.stringify({ protected: header, payload, signature: signature.toString("base64url") });
}

function parse(bytes: Uint8Array): Json {
  return parseJsonBytes(bytes, { maxLength: MAX_BYTES, maxDepth: 16 });
}

function problemOf(json: Json): string {
  const found = json.get("challenges").items.map((one) => one.get("error").get("detail").text);
  return [json.get("error").get("detail").text, ...found].filter((text) => text !== "").join("; ") || "no reason";
}
