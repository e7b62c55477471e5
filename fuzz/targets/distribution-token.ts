/** Answers of token servers and requests to them: what was read is written so that the same is read again. */
import assert from "node:assert/strict";
import { parseToken, formatToken } from "@teu/spec/distribution/token";
import {
  formatTokenForm,
  formatTokenQuery,
  parseTokenForm,
  parseTokenQuery,
} from "@teu/spec/distribution/token-request";
import { isTeuError } from "@teu/std/error";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "distribution-token",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    checkAnswer(input);
    const parameters = new URLSearchParams(new TextDecoder().decode(input));
    const query = parseTokenQuery(parameters);
    assert.deepEqual(parseTokenQuery(formatTokenQuery(query)), query);
    const form = parseTokenForm(parameters);
    if (!("error" in form)) assert.deepEqual(parseTokenForm(formatTokenForm(form)), form);
  },
};

function checkAnswer(input: Uint8Array): void {
  try {
    const token = parseToken(input);
    assert.ok(/^[!-~]+$/.test(token.token) && token.expiresInSeconds >= 60);
    assert.deepEqual(parseToken(new TextEncoder().encode(formatToken(token))), token);
  } catch (error) {
    if (!isTeuError(error, "ERR_DOCUMENT_INVALID")) throw error;
  }
}

const SEEDS = [
  '{"token":"abc","access_token":"abc","expires_in":300,"issued_at":"2009-11-10T23:00:00Z","refresh_token":"r","scope":"s"}',
  '{"access_token":"abc","expires_in":-1}',
  "service=registry.example&scope=repository:a:pull+repository:b:push&offline_token=true&account=u&client_id=c",
  "grant_type=password&username=u&password=p&service=s&client_id=c&access_type=offline&scope=repository%3Aa%3Apull",
  "grant_type=refresh_token&refresh_token=r&service=s&client_id=c",
];
