import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { dearmour, splitClearSigned } from "./clear-signed.ts";
import { readStatus } from "./verify-signature.ts";

const KEY = "A".repeat(40);
const PRIMARY = "B".repeat(40);

/** Status lines of one signature. */
function signature(first: string, hash = "10"): string {
  const valid = `[GNUPG:] VALIDSIG ${KEY} 2026-01-01 1 0 4 0 22 ${hash} 01 ${PRIMARY}`;
  return `[GNUPG:] NEWSIG\n[GNUPG:] ${first} AAAA someone\n${valid}\n`;
}

suite("what gpgv says of signatures", () => {
  test("a good one gives its key and the primary one", () => {
    assert.deepEqual(readStatus(signature("GOODSIG")), { good: [[KEY, PRIMARY]], problems: [] });
  });

  for (const word of ["EXPSIG", "EXPKEYSIG", "REVKEYSIG"]) {
    test(`${word} does not count, though it is valid`, () => {
      const { good, problems } = readStatus(signature(word));
      assert.deepEqual([good, problems.length], [[], 1]);
    });
  }

  test("weak hashes do not count", () => {
    for (const hash of ["1", "2", "3"]) assert.deepEqual(readStatus(signature("GOODSIG", hash)).good, []);
  });

  test("a good one among unknown ones is enough, a bad one too many", () => {
    const unknown = "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG CCCC 1 10 01 1 9\n[GNUPG:] NO_PUBKEY CCCC\n";
    assert.equal(readStatus(unknown + signature("GOODSIG")).good.length, 1);
    const bad = "[GNUPG:] NEWSIG\n[GNUPG:] BADSIG DDDD someone\n";
    assert.deepEqual(readStatus(signature("GOODSIG") + bad).good, []);
  });

  test("an expired one does not borrow the word of the one before", () => {
    assert.equal(readStatus(signature("GOODSIG") + signature("EXPKEYSIG")).good.length, 1);
  });
});

suite("clear-signed texts", () => {
  const BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n";
  const END = "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n";

  test("text and signature, dashes and blanks at line ends as the standard has them", () => {
    const split = splitClearSigned(`${BEGIN}a \t\r\n- -b\n\n${END}`);
    assert.equal(split?.text, "a\n-b\n");
    assert.equal(split?.signature, END);
  });

  for (const [what, text] of [
    ["something before", `x\n${BEGIN}a\n${END}`],
    ["something behind", `${BEGIN}a\n${END}x\n`],
    ["two of them", `${BEGIN}a\n${END}${BEGIN}b\n${END}`],
    ["a dash that is not escaped", `${BEGIN}-a\n${END}`],
    ["another header", `-----BEGIN PGP SIGNED MESSAGE-----\nEvil: a\n\na\n${END}`],
    ["no signature", `${BEGIN}a\n`],
    ["nothing", ""],
  ] as const) {
    test(`${what} is refused`, () => assert.equal(splitClearSigned(text), undefined));
  }

  test("armour: headers, checksum, several blocks, damage", () => {
    const block =
      "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\nAQID\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
    assert.deepEqual([...(dearmour(block + block) ?? [])], [1, 2, 3, 1, 2, 3]);
    assert.equal(dearmour(block.replace("AQID", "A*ID")), undefined);
    assert.equal(dearmour("no armour"), undefined);
  });
});
