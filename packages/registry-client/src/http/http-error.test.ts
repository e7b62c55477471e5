import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isTeuError } from "@teu/std/error";
import { networkError } from "./http-error.ts";

const URL_ASKED = new URL("https://registry.example/v2/?sig=secret");

function told(properties: Readonly<Record<string, string>>): string {
  const cause = Object.assign(new Error("80:error:0A0:SSL routines:f:words:../deps/ssl.c:354:\n"), properties);
  const error = networkError("GET", URL_ASKED, cause);
  assert.ok(isTeuError(error, "ERR_TLS"));
  return error.message;
}

suite("networkError()", () => {
  test("tells of TLS in words of people's", () => {
    const start = 'GET "https://registry.example/v2/": ';
    assert.equal(
      told({ code: "ERR_SSL_WRONG_VERSION_NUMBER", reason: "wrong version number" }),
      `${start}it answers without TLS`,
    );
    assert.equal(
      told({ code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", reason: "tlsv13 alert certificate required" }),
      `${start}tlsv13 alert certificate required`,
    );
  });
});
