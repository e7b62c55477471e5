/**
 * A certificate by ACME from Pebble, the authority that its makers test clients with.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get, request } from "node:https";
import { createServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { parseConfig } from "@teu/registry-server/config/config";
import { startService } from "@teu/registry-server/operate/service";
import { anyOf, needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";

const skip = anyOf(needsProgram("pebble", "pebble-challtestsrv"), needsProgram("openssl"));

suite("ACME", { skip }, () => {
  for (const challenge of ["http", "tls"] as const) {
    test(`a service gets its certificate by ${challenge}, keeps it, and gets another for other names`, async () => {
      await using dir = await tempDir();
      await using pebble = await startPebble(dir);
      const [port, plain] = [challenge === "tls" ? pebble.tlsPort : 0, pebble.httpPort];
      const config = (domains: string): ReturnType<typeof parseConfig> =>
        parseConfig(`
port: ${port}
acme: { agree: true, directory: "https://127.0.0.1:${pebble.port}/dir", domains: [${domains}], challenge: ${challenge}, httpPort: ${plain}, ca: ca.pem }
`);
      const options = { folder: dir.path, root: dir.join("data") };
      const serials: string[] = [];
      for (const domains of ["one.example.com", "one.example.com", "one.example.com, two.example.com"]) {
        await using service = await startService({ ...options, config: config(domains) });
        const certificate = await certificateOf(service.url);
        assert.ok(certificate.checkHost("one.example.com") !== undefined);
        serials.push(certificate.serialNumber);
        if (challenge === "http") await assertRedirects(plain);
      }
      assert.equal(serials[0], serials[1]);
      assert.notEqual(serials[1], serials[2]);
      assert.match(await readFile(dir.join("data/acme/key.pem"), "utf8"), /PRIVATE KEY/);
    });
  }
});

async function assertRedirects(port: number): Promise<void> {
  const redirect = await fetch(`http://127.0.0.1:${port}/v2/`, { redirect: "manual" });
  assert.deepEqual([redirect.status, redirect.headers.get("location")], [308, "https://one.example.com/v2/"]);
}

function certificateOf(url: string): Promise<X509Certificate> {
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>();
  const sent = get(`${url}/v2/`, { rejectUnauthorized: false, agent: false }, (answer) => {
    const { raw } = (answer.socket as TLSSocket).getPeerCertificate();
    answer.resume();
    resolve(new X509Certificate(raw));
  });
  sent.once("error", reject);
  return promise;
}

interface Pebble extends AsyncDisposable {
  readonly port: number;
  readonly httpPort: number;
  readonly tlsPort: number;
}

async function startPebble(dir: TempDir): Promise<Pebble> {
  const [port, management, dns] = [await freePort(), await freePort(), await freePort()];
  const [httpPort, tlsPort] = [await freePort(), await freePort()];
  const names = ["-subj", "/CN=pebble", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", dir.join("pebble.key"), "-out", dir.join("ca.pem")];
  await promisify(execFile)("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    ...names,
    ...files,
  ]);
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: dir.join("ca.pem"),
    privateKey: dir.join("pebble.key"),
    httpPort,
    tlsPort,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
  };
  const config = await dir.write("pebble.json", JSON.stringify({ pebble }));
  const off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", `127.0.0.1:${await freePort()}`];
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "30" };
  const children = [
    spawn(
      "pebble-challtestsrv",
      ["-dns01", `127.0.0.1:${dns}`, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", ...off],
      { stdio: "ignore" },
    ),
    spawn("pebble", ["-config", config, "-dnsserver", `127.0.0.1:${dns}`], { env, stdio: "ignore" }),
  ];
  await untilListening(port);
  return {
    port,
    httpPort,
    tlsPort,
    [Symbol.asyncDispose]: async () => {
      for (const child of children) {
        const ended = once(child, "exit");
        if (child.exitCode !== null || !child.kill()) continue;
        await ended;
      }
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const sent = request(`https://127.0.0.1:${port}/dir`, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(true);
    });
    sent.once("error", () => resolve(false));
    sent.end();
    if (await promise) return;
    await new Promise((waited) => void setTimeout(waited, 25));
  }
  throw new Error("pebble does not listen");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}
