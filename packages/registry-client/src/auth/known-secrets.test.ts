import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { KnownSecrets } from "./known-secrets.ts";

suite("KnownSecrets", () => {
  test("hides what it was told in all forms, the longest first", () => {
    const secrets = new KnownSecrets();
    secrets.addCredential({ kind: "basic", username: "me", password: 'pass"word/1' });
    secrets.addHeader("Bearer  pass-token");
    secrets.add("pass");
    const told = 'pass"word/1, pass\\"word/1, pass%22word%2F1, pass-token, pass, word';
    assert.equal(secrets.hide(told), "***, ***, ***, ***, ***, word");
  });

  test("leaves alone what could be part of any word, and everything where it knows nothing", () => {
    const secrets = new KnownSecrets();
    assert.equal(secrets.hide("a bcd"), "a bcd");
    secrets.add("bcd");
    assert.equal(secrets.hide("a bcd"), "a bcd");
  });

  test("forgets the oldest of very many", () => {
    const secrets = new KnownSecrets();
    for (let at = 0; at < 2000; at += 1) secrets.add(`secret-${at}-`);
    assert.equal(secrets.hide("secret-0- secret-1999-"), "secret-0- ***");
  });
});
