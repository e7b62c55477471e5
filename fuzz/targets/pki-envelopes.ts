/** PEM, encrypted keys, DSSE and JWS: read, or refused with an error of ours. */
import assert from "node:assert/strict";
import { parseDsse, dsseToJson } from "@teu/pki/dsse";
import { parseJws } from "@teu/pki/jws";
import { parsePrivateKey, parsePublicKey } from "@teu/pki/keys";
import { formatPem, parsePem } from "@teu/pki/pem";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

const READERS: readonly ((text: string) => unknown)[] = [
  (text) => assert.deepEqual(parsePem(parsePem(text).map(formatPem).join("")), parsePem(text)),
  (text) => {
    const envelope = parseDsse(text);
    assert.deepEqual(parseDsse(JSON.stringify(dsseToJson(envelope))), envelope);
  },
  parseJws,
  parsePrivateKey,
  parsePublicKey,
];

export const target: FuzzTarget = {
  name: "pki-envelopes",
  *seeds() {
    for (const seed of SEEDS) yield new TextEncoder().encode(seed);
  },
  run(input) {
    const text = new TextDecoder().decode(input);
    for (const read of READERS) {
      try {
        read(text);
      } catch (error) {
        if (!isTeuError(error)) throw error;
      }
    }
  },
};

const SEEDS = [
  "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtKBArmEvJ09Qwpohd125d4oixXeV\n-----END PUBLIC KEY-----\n",
  "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n",
  '{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":"AAAA","keyid":"k"}]}',
  '{"payload":"e30","protected":"eyJhbGciOiJFUzI1NiJ9","header":{"x5c":["AA=="]},"signature":"AAAA"}',
];
