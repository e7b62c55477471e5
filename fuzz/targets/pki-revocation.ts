/** Lists of revoked certificates and answers about one: refused with an error of ours, or what was signed, as it was signed. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { type OcspAnswer, verifyOcspResponse, writeOcspRequest } from "@teu/pki/ocsp";
import { parseRevocationList } from "@teu/pki/revocation-list";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { makeOcspResponse, makeRevocationList } from "@teu/pki/testing/make-revocation";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

const newKey = (): ReturnType<typeof generateKeyPairSync>["privateKey"] =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const root = makeCertificate({ key: newKey(), subject: [["2.5.4.3", "root"]], isAuthority: true });
const { certificate } = makeCertificate({ key: newKey(), subject: [["2.5.4.3", "leaf"]], issuer: root });
const question = { certificate, issuer: root.certificate };
const request = writeOcspRequest(question);
const LISTS = [
  makeRevocationList(root),
  makeRevocationList(root, { entries: [{ certificate, reason: 6, invalidSinceMs: 0 }] }),
];
const ANSWERS = (["good", "revoked"] as const).map((status) => makeOcspResponse(request, root, { status }));
const NOW_MS = Date.now();
const SAID = {
  lists: LISTS.map((bytes) => JSON.stringify(parseRevocationList(bytes).entriesOf(certificate))),
  answers: ANSWERS.map((bytes) => textOf(verifyOcspResponse(bytes, question, NOW_MS))),
};

export const target: FuzzTarget = {
  name: "pki-revocation",
  *seeds() {
    yield* LISTS;
    yield* ANSWERS;
  },
  run(input) {
    orRefused(() => {
      const list = parseRevocationList(input);
      const entries = JSON.stringify(list.entriesOf(certificate));
      if (list.isSignedBy(root.certificate)) assert.ok(SAID.lists.includes(entries), "a changed list counts as signed");
    });
    orRefused(() => {
      const said = textOf(verifyOcspResponse(input, question, NOW_MS));
      assert.ok(SAID.answers.includes(said), "a changed answer counts as signed");
    });
  },
};

function textOf({ status, thisUpdateMs, nextUpdateMs, invalidSinceMs }: OcspAnswer): string {
  return JSON.stringify([status, thisUpdateMs, nextUpdateMs, invalidSinceMs]);
}

function orRefused(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!isTeuError(error)) throw error;
  }
}
