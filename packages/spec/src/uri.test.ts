import assert from "node:assert/strict";
import { test } from "node:test";
import { isUri } from "./uri.ts";

test("URIs are told from other texts", () => {
  const good = [
    "https://example.com",
    "http://user:pw@example.com:8080/a/b;c=d?e=f&g#h/i?j",
    "ftp://ftp.is.co.za/rfc/rfc1808.txt",
    "ldap://[2001:db8::7]/c=GB?objectClass?one",
    "mailto:John.Doe@example.com",
    "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
    "tel:+1-816-555-1212",
    "file:///etc/passwd",
    "http://[v1.fe:80]:1/",
    "http://a%20b/%41",
    "a:",
    "http://",
    "x:/?#",
  ];
  const bad = [
    "",
    "value",
    "/path",
    "//host/path",
    "1a://b",
    ":a",
    "http://a b",
    "http://a/b\n",
    "http://a/%4",
    "http://a/%zz",
    "http://[::1",
    "http://a/[b]",
    "http://a:b:c@d@e",
    "http://a:port/",
    "http://a/#b#c",
    "http://exämple.com",
    "http://a/\u0000",
    'http://a/"',
    "http://a\\b",
  ];
  for (const text of good) assert.ok(isUri(text), text);
  for (const text of bad) assert.ok(!isUri(text), text);
});

test("a million characters are judged at once", () => {
  for (const part of ["a", "@", ":", "%41", "[", "//", "?", "#"]) isUri(`http://${part.repeat(1_000_000)}`);
});
