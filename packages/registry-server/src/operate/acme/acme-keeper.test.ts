import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { AcmeKeeper } from "./acme-keeper.ts";

const DAY_MS = 86_400_000;

/** A certificate of nine days, as an authority gave it some time ago. */
async function storeCertificate(dir: TempDir): Promise<void> {
  await mkdir(dir.join("acme"));
  const files = ["-keyout", dir.join("acme/key.pem"), "-out", dir.join("acme/cert.pem"), "-days", "9"];
  const names = ["-subj", "/CN=one", "-addext", "subjectAltName=DNS:one.example"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, ...names, ...files]);
}

/** Starts a keeper whose authority does not answer, some days after its certificate was given. */
async function start(dir: TempDir, days: number, errors: unknown[], domain = "one.example"): Promise<AcmeKeeper> {
  const now = (): number => Date.now() + days * DAY_MS;
  // Nobody listens there.
  const config = { directory: "https://127.0.0.1:1/", domains: [domain], challenge: "http", httpPort: 0 } as const;
  const onError = (error: unknown): void => void errors.push(error);
  return AcmeKeeper.start({
    config,
    root: dir.path,
    folder: dir.path,
    host: "127.0.0.1",
    port: 0,
    now,
    onKeys: () => {},
    onError,
  });
}

suite("AcmeKeeper whose authority is away", { skip: needsProgram("openssl") }, () => {
  test("keeps a certificate that holds, and asks for another when it is old", async () => {
    await using dir = await tempDir();
    await storeCertificate(dir);
    for (const [days, asked] of [
      [1, 0],
      [7, 1],
    ] as const) {
      const errors: unknown[] = [];
      const keeper = await start(dir, days, errors);
      await keeper[Symbol.asyncDispose]();
      assert.equal(errors.length, asked, `after ${days} days`);
    }
  });

  test("does not start with one that has ended, or is for other names", async () => {
    await using dir = await tempDir();
    await storeCertificate(dir);
    await assert.rejects(start(dir, 10, []), { code: "ERR_ACME" });
    await assert.rejects(start(dir, 1, [], "two.example"), { code: "ERR_ACME" });
  });
});
