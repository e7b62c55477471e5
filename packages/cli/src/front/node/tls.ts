/**
 * `node:tls`: the client's side, by the machine's OpenSSL. Where a connection is not made for whatever reason, Node tries anew
 * and says why.
 * @module
 */
import { handOver } from "../hand-over.ts";
import { isIP } from "../ip.ts";
import { readContent } from "./files.ts";
import type { Channel, Socket, Target } from "../socket.ts";
import { connectWith } from "./net.ts";

/** Stands for the authorities of the system, which OpenSSL finds itself. */
const SYSTEM = "the authorities of the system";
const SYSTEM_FOLDER = "/etc/ssl/certs";
const EAGAIN = -11;
const EINPROGRESS = -115;
const ENOSYS = -38;

/** Whom to trust. */
interface Context {
  readonly ca: readonly string[] | undefined;
  number?: number;
}

interface ContextOptions {
  readonly ca?: readonly string[];
  readonly cert?: string;
}

export function getCACertificates(type: string): string[] {
  if (type === "extra") return extraAuthorities();
  // Node has a list of its own for systems without any.
  if (sys_faccessat(-100, SYSTEM_FOLDER, 0, 0) < 0) handOver("TLS without authorities of the system");
  return [SYSTEM];
}

/** Those of the user, by the name that the start of the command gives them or by Node's. */
function extraAuthorities(): string[] {
  const file = process.env["TEU_EXTRA_CA_CERTS"] ?? process.env["NODE_EXTRA_CA_CERTS"] ?? "";
  if (file === "") return [];
  try {
    return [String(readContent(file, "utf8"))];
  } catch {
    return handOver("authorities that cannot be read");
  }
}

export function createSecureContext({ ca, cert }: ContextOptions): Context {
  if (cert !== undefined) handOver("a certificate of our own");
  return { ca };
}

interface TlsTarget extends Target {
  readonly secureContext: Context;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly socket?: unknown;
}

export function connect(target: TlsTarget): Socket {
  if (target.socket !== undefined) handOver("TLS through a proxy");
  const insecure = target.rejectUnauthorized === false;
  return connectWith(target, new TlsChannel(numberOf(target.secureContext, insecure), target.host));
}

/** OpenSSL's context, made when it is first asked for. */
function numberOf(context: Context, insecure: boolean): number {
  if (context.number !== undefined) return context.number;
  const { ca = [] } = context;
  const own = Buffer.from(ca.filter((text) => text !== SYSTEM).join("\n"));
  const number = sys_tls_context(ca.includes(SYSTEM) ? 1 : 0, own, insecure ? 1 : 0);
  if (number < 0)
    return handOver(number === ENOSYS ? "TLS without OpenSSL" : "TLS with authorities that cannot be read");
  context.number = number;
  return number;
}

class TlsChannel implements Channel {
  readonly #context: number;
  readonly #host: string;
  #number: number | undefined;

  constructor(context: number, host: string) {
    this.#context = context;
    this.#host = host;
  }

  begin(fd: number): number {
    const number = this.#number ?? sys_tls_begin(this.#context, fd, this.#host, isIP(this.#host) === 0 ? 1 : 0);
    if (number < 0) handOver(`TLS with ${this.#host}`);
    this.#number = number;
    const result = sys_tls_connect(number);
    if (result <= 0 && result !== EAGAIN && result !== EINPROGRESS)
      handOver(`TLS with ${this.#host}, which fails here`);
    return result;
  }

  read(_fd: number, room: Uint8Array): number {
    return sys_tls_read(this.#number ?? -1, room);
  }

  write(_fd: number, bytes: Uint8Array): number {
    return sys_tls_write(this.#number ?? -1, bytes);
  }

  end(): void {
    if (this.#number !== undefined && this.#number >= 0) sys_tls_end(this.#number);
    this.#number = undefined;
  }
}
