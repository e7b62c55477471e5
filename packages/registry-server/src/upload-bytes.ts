/**
 * The bytes of an upload on their way into the storage.
 * @module
 */
import { createHasher } from "@teu/content/hash";
import type { ByteStream } from "@teu/content/store";
import type { Digest } from "@teu/spec/digest";
import { giveBack } from "@teu/std/slabs";
import { type Refusal, refusal } from "./answers.ts";
import { gather, gatherWhole } from "./internal/gather.ts";
import type { Registry } from "./registry.ts";
import type { UploadSession } from "./upload-session.ts";

/** Adds bytes to the end of an upload. The next ones are gathered while the last ones are written and hashed. */
export async function receive(
  { storage, settings }: Registry,
  session: UploadSession,
  body: ByteStream,
): Promise<void> {
  await using writer = await storage.append(session.id, session.offset);
  let arrived = session.offset;
  let writing = Promise.resolve();
  const store = async (piece: Uint8Array): Promise<void> => {
    await writer.write([piece]);
    session.offset += piece.length;
    giveBack(piece);
  };
  const send = async (piece: Uint8Array): Promise<void> => {
    await writing;
    writing = store(piece);
    writing.catch(() => {});
    session.hasher?.update(piece);
  };
  try {
    for await (const piece of gather(body)) {
      arrived += piece.length;
      if (arrived > settings.maxBlobBytes) throw tooLarge(settings.maxBlobBytes);
      await send(piece);
    }
  } finally {
    await writing;
  }
}

/** The digest of all that an upload has; read again where it was not hashed as it came, or by another algorithm. */
export async function digestOf({ storage }: Registry, session: UploadSession, algorithm: string): Promise<Digest> {
  if (session.hasher !== undefined && session.algorithm === algorithm) return session.hasher.digest();
  const hasher = createHasher(algorithm);
  if (session.offset > 0) for await (const chunk of storage.readUpload(session.id)) hasher.update(chunk);
  return hasher.digest();
}

/**
 * Collects a body that is small, to be given back.
 * @throws Refusal `SIZE_INVALID` if it has not `length` bytes.
 */
export async function collectExactly(body: ByteStream, length: number): Promise<Uint8Array> {
  const bytes = await gatherWhole(body, length);
  if (typeof bytes === "object") return bytes;
  throw refusal("SIZE_INVALID", `${bytes > length ? "more bytes" : `${bytes} bytes`}, expected ${length}`);
}

/** The refusal of a blob above the greatest size. */
export function tooLarge(maxBytes: number): Refusal {
  return refusal("SIZE_INVALID", `more than ${maxBytes} bytes, expected at most that many`, 413);
}
