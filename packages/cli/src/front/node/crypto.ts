/** `node:crypto`: hashes, public keys in DER and what they verify, by the machine's OpenSSL. @module */
import { absent, handOver } from "../hand-over.ts";

const ENOSYS = -38;
const MAX_HASH_BYTES = 64;
// Less takes another thread longer to wake up for.
const LARGE_BYTES = 64 * 1024;
// What takes as long as to load OpenSSL.
const SHORT_BYTES = 256 * 1024;

type Algorithm = string;

/** A hash under way. OpenSSL does it, but what is short and done without it. */
class Hash {
  readonly #algorithm: Algorithm;
  /** What has come so far, while it is short. */
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #number: number | undefined;

  constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm;
    if (algorithm !== "sha256") this.#begun();
  }

  update(content: string | Uint8Array): this {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    if (this.#number === undefined && this.#heldBytes + bytes.length <= SHORT_BYTES) {
      this.#held.push(bytes.slice());
      this.#heldBytes += bytes.length;
    } else if (sys_hash_update(this.#begun(), bytes) < 0) throw new Error("hashing failed");
    return this;
  }

  /** OpenSSL's number of it. */
  #begun(): number {
    if (this.#number !== undefined) return this.#number;
    const number = sys_hash_begin(this.#algorithm);
    if (number < 0) handOver(`hashing with ${this.#algorithm}`);
    this.#number = number;
    for (const bytes of this.#held.splice(0)) this.update(bytes);
    return number;
  }

  /** Beyond Node's: by which number a thread of this program goes on with it. */
  handle(): number {
    return this.#begun();
  }

  /** Beyond Node's: has another thread hash bytes, until the function that is answered has been called. */
  updateBeside(bytes: Uint8Array): () => void {
    const work = bytes.length < LARGE_BYTES ? -1 : sys_hash_start(this.#begun(), bytes);
    if (work < 0) {
      this.update(bytes);
      return () => {};
    }
    return () => {
      // What is named here stays in memory until then.
      if (sys_hash_join(work) < 0) throw new Error(`hashing ${bytes.length} bytes failed`);
    };
  }

  digest(encoding?: BufferEncoding): string | Buffer {
    const digest = this.#number === undefined ? this.#shortly() : this.#end(this.#number);
    return encoding === undefined ? digest : digest.toString(encoding);
  }

  #shortly(): Buffer {
    const out = Buffer.alloc(32);
    sys_sha256(this.#held.length === 1 ? (this.#held[0] ?? out) : Buffer.concat(this.#held), out);
    return out;
  }

  #end(number: number): Buffer {
    const out = Buffer.alloc(MAX_HASH_BYTES);
    const size = sys_hash_end(number, out);
    if (size < 0) throw new Error("hashing failed");
    return out.subarray(0, size);
  }
}

export function createHash(algorithm: Algorithm): Hash {
  return new Hash(algorithm);
}

export function hash(
  algorithm: Algorithm,
  content: string | Uint8Array,
  encoding: BufferEncoding = "hex",
): string | Buffer {
  return new Hash(algorithm).update(content).digest(encoding);
}

export function randomBytes(size: number): Buffer {
  const out = Buffer.alloc(size);
  if (sys_random(out) !== size) handOver("random bytes");
  return out;
}

export function randomUUID(): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) throw new RangeError("Input buffers must have the same byte length");
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}

/** The beginnings of a SubjectPublicKeyInfo of an elliptic curve, by the curve; what follows is the point. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "3059301306072a8648ce3d020106082a8648ce3d030107034200",
  secp384r1: "3076301006072a8648ce3d020106052b81040022036200",
  secp521r1: "30819b301006072a8648ce3d020106052b810400230381860004",
};

/** A public key on one of the usual curves. */
class PublicKey {
  readonly type = "public";
  readonly asymmetricKeyType = "ec";
  readonly asymmetricKeyDetails: { readonly namedCurve: string };
  readonly der: Buffer;

  constructor(der: Buffer, namedCurve: string) {
    this.der = der;
    this.asymmetricKeyDetails = { namedCurve };
  }

  export(options: { readonly format: string; readonly type: string }): Buffer {
    if (options.format !== "der" || options.type !== "spki") handOver("a key in another form");
    return this.der;
  }
}

interface DerKey {
  readonly key: Buffer;
  readonly format: string;
  readonly type: string;
}

export function createPublicKey(input: DerKey): PublicKey {
  const { key, format, type } = input;
  const text = format === "der" && type === "spki" ? key.toString("hex") : "";
  const curve = Object.entries(CURVES).find(([, start]) => text.startsWith(start));
  // Other keys, and what is none, are Node's to judge.
  if (curve === undefined || sys_verify("sha256", key, new Uint8Array(), new Uint8Array()) < 0)
    return handOver("a key of this kind");
  return new PublicKey(key, curve[0]);
}

export function verify(
  algorithm: Algorithm,
  data: Uint8Array,
  input: { readonly key: PublicKey; readonly dsaEncoding?: string },
  signature: Uint8Array,
): boolean {
  const { key, dsaEncoding = "der" } = input;
  if (!(key instanceof PublicKey) || dsaEncoding !== "der") handOver("a signature of this kind");
  const result = sys_verify(algorithm, key.der, data, signature);
  if (result === ENOSYS || result < 0) handOver("verifying a signature");
  return result === 1;
}

export const constants: object = {};
export const X509Certificate: never = absent("certificates");
export const createPrivateKey: never = absent("private keys");
