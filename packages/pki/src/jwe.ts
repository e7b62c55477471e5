/**
 * JSON Web Encryption, as OCIcrypt wraps the keys of layers: content under AES-GCM, its key under RSA-OAEP or ECDH-ES.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7516}
 * @module
 */
import { type CipherGCMTypes, type KeyObject, createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { TeuError } from "@teu/std/error";
import { DEFAULT_JSON_LIMITS, type Json, JsonError, parseJson } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { fromBase64Url, toBase64Url } from "./base64.ts";
import type { PkiErrorCode } from "./errors.ts";
import { type JoinedHeader, type JweRecipient, unwrapKey, wrapKey } from "./jwe-keys.ts";

/** Longest JWE in characters. */
export const MAX_JWE_LENGTH: number = 1024 * 1024;

const MAX_RECIPIENTS = 256;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const CONTENT_CIPHERS: ReadonlyMap<string, { readonly name: CipherGCMTypes; readonly keyBytes: number }> = new Map([
  ["A128GCM", { name: "aes-128-gcm", keyBytes: 16 }],
  ["A192GCM", { name: "aes-192-gcm", keyBytes: 24 }],
  ["A256GCM", { name: "aes-256-gcm", keyBytes: 32 }],
]);

/**
 * Encrypts for everyone in `recipients`, under A256GCM. For one it is the flattened form with all in the protected header,
 * for several the general form: as go-jose writes both.
 */
export function writeJwe(plain: Uint8Array, recipients: readonly JweRecipient[]): string {
  if (recipients.length === 0) throw new RangeError("recipients: none, expected at least one");
  const contentKey = randomBytes(32);
  const wrapped = recipients.map((recipient) => wrapKey(contentKey, recipient));
  const [only] = wrapped.length === 1 ? wrapped : [];
  const header = toBase64Url(new TextEncoder().encode(stringifyJson({ ...only?.header, enc: "A256GCM" })));
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", contentKey, iv).setAAD(Buffer.from(header, "ascii"));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const keys =
    only === undefined
      ? { recipients: wrapped.map((each) => ({ header: each.header, encrypted_key: toBase64Url(each.encryptedKey) })) }
      : { encrypted_key: toBase64Url(only.encryptedKey) };
  const rest = { iv: toBase64Url(iv), ciphertext: toBase64Url(ciphertext), tag: toBase64Url(cipher.getAuthTag()) };
  return stringifyJson({ protected: header, ...keys, ...rest });
}

/**
 * Decrypts what was encrypted for the owner of a key. The compact and both JSON forms are read.
 * @returns Nothing if it is not for this key, or was changed.
 * @throws TeuError `ERR_ENVELOPE_INVALID` if it is no JWE, or one of another kind.
 */
export function openJwe(text: string, key: KeyObject): Uint8Array<ArrayBuffer> | undefined {
  try {
    const jwe = readJwe(text);
    for (const recipient of jwe.recipients) {
      const contentKey = unwrapKey(recipient.encryptedKey, recipient.header, key);
      const plain = contentKey === undefined ? undefined : decrypt(jwe, recipient, contentKey);
      if (plain !== undefined) return plain;
    }
    return undefined;
  } catch (error) {
    if (error instanceof JsonError) throw invalid(error.message);
    throw error;
  }
}

interface Jwe {
  readonly recipients: readonly Recipient[];
  readonly additional: string;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

interface Recipient {
  readonly header: JoinedHeader;
  readonly encryptedKey: Uint8Array;
}

function readJwe(text: string): Jwe {
  if (text.length > MAX_JWE_LENGTH) throw invalid(`${text.length} characters, expected at most ${MAX_JWE_LENGTH}`);
  const json = text.trimStart().startsWith("{") ? text : jsonOfCompact(text.trim());
  return readJsonForm(parseJson(json, { ...DEFAULT_JSON_LIMITS, maxLength: 2 * MAX_JWE_LENGTH }));
}

function jsonOfCompact(text: string): string {
  const [header, key, iv, ciphertext, tag, ...more] = text.split(".");
  if (tag === undefined || more.length > 0) throw invalid("it is neither an object nor five parts with dots between");
  return stringifyJson({ protected: header, encrypted_key: key, iv, ciphertext, tag });
}

function readJsonForm(json: Json): Jwe {
  const list = json.get("recipients");
  const entries = list.absent ? [json] : list.list();
  if (entries.length > MAX_RECIPIENTS)
    throw invalid(`${entries.length} recipients, expected at most ${MAX_RECIPIENTS}`);
  const shared = [decodeHeader(json.get("protected")), json.get("unprotected")];
  const recipients = entries.map((entry) => ({
    header: joinHeaders([...shared, entry.get("header")]),
    encryptedKey: decode(entry.get("encrypted_key")),
  }));
  const aad = json.get("aad");
  const header = json.get("protected").string();
  return {
    recipients,
    additional: aad.absent ? header : `${header}.${aad.string()}`,
    iv: decode(json.get("iv")),
    ciphertext: decode(json.get("ciphertext")),
    tag: decode(json.get("tag")),
  };
}

function decodeHeader(json: Json): Json {
  return parseJsonBytes(decode(json));
}

/** All headers of one recipient; nothing may stand in two of them. */
function joinHeaders(headers: readonly Json[]): JoinedHeader {
  const joined = new Map<string, Json>();
  for (const header of headers) {
    for (const name of header.names()) {
      if (joined.has(name)) throw new JsonError(`header ${JSON.stringify(name)}: it is there twice`);
      joined.set(name, header.get(name));
    }
  }
  for (const name of ["crit", "zip"]) if (joined.has(name)) throw new JsonError(`header ${name}: it is not known here`);
  return joined;
}

function decode(json: Json): Uint8Array<ArrayBuffer> {
  const text = json.string();
  try {
    return fromBase64Url(text);
  } catch {
    throw new JsonError(`${json.place}: expected base64url without padding`);
  }
}

function decrypt(jwe: Jwe, { header }: Recipient, key: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const name = header.get("enc")?.string() ?? "";
  const content = CONTENT_CIPHERS.get(name);
  if (content === undefined) throw invalid(`its content is under ${JSON.stringify(name)}, expected A256GCM`);
  const fits = key.length === content.keyBytes && jwe.iv.length === IV_BYTES && jwe.tag.length === TAG_BYTES;
  if (!fits) return undefined;
  const decipher = createDecipheriv(content.name, key, jwe.iv).setAuthTag(jwe.tag);
  decipher.setAAD(Buffer.from(jwe.additional, "ascii"));
  const plain = decipher.update(jwe.ciphertext);
  try {
    return new Uint8Array(Buffer.concat([plain, decipher.final()]));
  } catch {
    return undefined;
  }
}

function invalid(problem: string): TeuError<PkiErrorCode> {
  return new TeuError("ERR_ENVELOPE_INVALID", `Reading a JWE: ${problem}`);
}
