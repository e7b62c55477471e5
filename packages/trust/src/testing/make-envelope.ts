/**
 * Signatures of the Notary Project for tests, with any headers.
 * @module
 */
import type { KeyObject } from "node:crypto";
import { toBase64 } from "@teu/pki/base64";
import type { Certificate } from "@teu/pki/certificate";
import { writeJws } from "@teu/pki/jws";
import { signBytes } from "@teu/pki/signature";
import type { Descriptor } from "@teu/spec/descriptor";
import { NOTATION_HEADER, NOTATION_PAYLOAD_TYPE, writeNotationPayload } from "../formats/notation.ts";

/** What is signed, by whom, and with which headers in place of the usual ones. */
export interface NewEnvelope {
  /** Of P-256. */
  readonly key: KeyObject;
  readonly chain: readonly Certificate[];
  readonly subject: Descriptor;
  readonly head?: object;
}

/** Signs in JWS. */
export async function makeEnvelope({ key, chain, subject, head = {} }: NewEnvelope): Promise<Buffer> {
  const text = await writeJws({
    protected: {
      alg: "ES256",
      cty: NOTATION_PAYLOAD_TYPE,
      crit: [NOTATION_HEADER.scheme],
      [NOTATION_HEADER.scheme]: "notary.x509",
      [NOTATION_HEADER.time]: "2026-01-01T00:00:00Z",
      ...head,
    },
    header: { x5c: chain.map(({ der }) => toBase64(der)) },
    payload: writeNotationPayload({ ...subject, annotations: {} }),
    sign: async (bytes) => signBytes(key, bytes, { hash: "sha256", encoding: "ieee-p1363" }),
  });
  return Buffer.from(text);
}
