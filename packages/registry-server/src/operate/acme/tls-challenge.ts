/**
 * The challenge of TLS (RFC 8737): an authority that connects to a domain and asks for the protocol `acme-tls/1` gets a
 * certificate that only the owner of the account can make. So no port but that of the registry is needed.
 * @module
 */
import { createHash, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { Socket } from "node:net";
import { type SecureContext, type Server, createSecureContext, createServer } from "node:tls";
import { OID, TAG, bits, element, hostNames, oid, sequence } from "./der.ts";

const PROTOCOL = "acme-tls/1";
/** The protocol as the first message of a client names it: with its length in front. */
const NAMED = Buffer.from(`\u{a}${PROTOCOL}`, "latin1");
const IDLE_MS = 10_000;

/** Answers authorities. */
export class TlsChallenge {
  readonly #contexts = new Map<string, SecureContext>();
  readonly #server: Server = createServer(
    {
      ALPNProtocols: [PROTOCOL],
      SNICallback: (name, use) => use(null, this.#contexts.get(name.toLowerCase())),
      handshakeTimeout: IDLE_MS,
    },
    (socket) => socket.end(),
  ).on("tlsClientError", () => {});

  /** Has an authority that asks for `domain` answered with a text: token, point and thumbprint of the key of the account. */
  offer(domain: string, text: string): void {
    this.#contexts.set(domain, createSecureContext(makeChallengeCertificate(domain, text)));
  }

  /** Ends all offers. */
  clear(): void {
    this.#contexts.clear();
  }

  /** Whether an authority is awaited. */
  get open(): boolean {
    return this.#contexts.size > 0;
  }

  /** Looks at the first bytes of a connection, and gives it to `others` if it is none of an authority. */
  receive(socket: Socket, others: (socket: Socket) => void): void {
    const leave = (): void => void socket.destroy();
    socket.setTimeout(IDLE_MS, leave);
    socket.once("error", leave);
    socket.once("readable", () => {
      const head = socket.read() as Buffer | null;
      if (head === null) return;
      socket.setTimeout(0);
      socket.off("timeout", leave);
      socket.off("error", leave);
      socket.unshift(head);
      if (head.includes(NAMED)) this.#server.emit("connection", socket);
      else others(socket);
    });
  }

  /** Listens where the registry will, as long as it has no certificate to listen with. */
  async listen(port: number, host?: string): Promise<AsyncDisposable> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject).listen(port, host ?? "127.0.0.1", resolve);
    await promise;
    const closed = (): Promise<void> => new Promise((done) => void this.#server.close(() => done()));
    return { [Symbol.asyncDispose]: closed };
  }
}

const DAY_MS = 86_400_000;

/** Makes the certificate of a challenge (RFC 8737, section 3), and a key of its own. */
export function makeChallengeCertificate(
  domain: string,
  text: string,
  now: number = Date.now(),
): { readonly key: string; readonly cert: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(element(TAG.set, sequence(oid(OID.commonName), element(TAG.text, Buffer.from("teu")))));
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const digest = element(TAG.octets, createHash("sha256").update(text).digest());
  const critical = Buffer.of(0x01, 0x01, 0xff);
  const extensions = sequence(
    sequence(oid(OID.alternativeNames), element(TAG.octets, hostNames([domain]))),
    sequence(oid(OID.acmeIdentifier), critical, element(TAG.octets, digest)),
  );
  const body = sequence(
    element(0xa0, element(TAG.integer, Buffer.of(2))),
    element(TAG.integer, Buffer.of(1)),
    algorithm,
    name,
    sequence(time(now - DAY_MS), time(now + DAY_MS)),
    name,
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
    element(0xa3, extensions),
  );
  const der = sequence(body, algorithm, bits(sign("sha256", body, privateKey)));
  const lines = der.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

/** A time of this century, to the second. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[^0-9]/g, "");
  return element(TAG.time, Buffer.from(`${digits.slice(2, 14)}Z`));
}
