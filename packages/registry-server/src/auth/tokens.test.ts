import assert from "node:assert/strict";
import { test } from "node:test";
import { type TokenClaims, TokenSigner, makeTokenKey } from "./tokens.ts";

const CLAIMS: TokenClaims = {
  user: "me",
  audience: "here",
  scopes: [],
  use: "access",
  mark: "m",
  issued: 1000,
  expires: 2000,
};

test("a token that was read once still ends, and is for its audience alone", () => {
  const signer = new TokenSigner(makeTokenKey());
  const token = signer.sign(CLAIMS);
  assert.deepEqual(signer.read(token, "here", 1500), CLAIMS);
  assert.deepEqual(signer.read(token, "here", 1999), CLAIMS);
  assert.equal(signer.read(token, "there", 1500), undefined);
  assert.equal(signer.read(token, "here", 2000), undefined);
  assert.equal(signer.read(token, "here", 900), undefined);
});

test("a token that resembles one that was read is none", () => {
  const signer = new TokenSigner(makeTokenKey());
  const token = signer.sign(CLAIMS);
  signer.read(token, "here", 1500);
  const [head = "", , signature = ""] = token.split(".");
  const other = Buffer.from(JSON.stringify({ ...CLAIMS, user: "root" })).toString("base64url");
  assert.equal(signer.read(`${head}.${other}.${signature}`, "here", 1500), undefined);
  assert.equal(new TokenSigner(makeTokenKey()).read(token, "here", 1500), undefined);
});
