import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { connect as connectHttp2 } from "node:http2";
import { suite, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { parseConfig } from "./config/config.ts";
import { startService } from "./operate/service.ts";

const run = promisify(execFile);

/** Makes an authority and certificates of it. */
async function makeKeys(dir: TempDir): Promise<void> {
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const self = async (name: string, subject: string, ...more: string[]): Promise<unknown> =>
    run("openssl", [
      "req",
      "-x509",
      ...ec,
      "-days",
      "2",
      "-subj",
      subject,
      "-keyout",
      dir.join(`${name}.key`),
      "-out",
      dir.join(`${name}.pem`),
      ...more,
    ]);
  await self("server", "/CN=first", "-addext", "subjectAltName=IP:127.0.0.1");
  await self("next", "/CN=second", "-addext", "subjectAltName=IP:127.0.0.1");
  await self("ca", "/CN=clients");
  await self("stranger", "/CN=node");
  await run("openssl", [
    "req",
    ...ec,
    "-subj",
    "/CN=node",
    "-keyout",
    dir.join("client.key"),
    "-out",
    dir.join("client.csr"),
  ]);
  await run("openssl", [
    "x509",
    "-req",
    "-days",
    "2",
    "-in",
    dir.join("client.csr"),
    "-CA",
    dir.join("ca.pem"),
    "-CAkey",
    dir.join("ca.key"),
    "-out",
    dir.join("client.pem"),
  ]);
}

interface Seen {
  readonly status: number;
  readonly subject: string;
}

/** Begins an upload as a client with a certificate, or without. */
async function push(url: string, dir: TempDir, client?: string): Promise<Seen> {
  const keys =
    client === undefined
      ? {}
      : { key: await readFile(dir.join(`${client}.key`)), cert: await readFile(dir.join(`${client}.pem`)) };
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const options = { method: "POST", rejectUnauthorized: false, agent: false, ...keys } as const;
  const sent = request(`${url}/v2/app/blobs/uploads/`, options, (answer) => {
    const socket = answer.socket as TLSSocket;
    resolve({ status: answer.statusCode ?? 0, subject: String(socket.getPeerCertificate().subject.CN) });
    answer.resume();
  });
  sent.once("error", reject).end();
  return promise;
}

/** The same over HTTP/2. */
async function pushHttp2(url: string, dir: TempDir): Promise<number> {
  const keys = { key: await readFile(dir.join("client.key")), cert: await readFile(dir.join("client.pem")) };
  const session = connectHttp2(url, { rejectUnauthorized: false, ...keys });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  session.once("error", reject);
  const stream = session.request({ ":method": "POST", ":path": "/v2/app/blobs/uploads/", "content-length": "0" });
  stream.once("response", (headers) => resolve(Number(headers[":status"])));
  stream.end();
  try {
    return await promise;
  } finally {
    session.destroy();
  }
}

suite("TLS", { skip: needsProgram("openssl") }, () => {
  test("lets in by certificate whom the authority of clients knows, and takes new keys while it runs", async () => {
    await using dir = await tempDir();
    await makeKeys(dir);
    const text = `
port: 0
tls: { key: server.key, cert: server.pem, clientCa: ca.pem }
certificates: [{ user: node, name: "CN:node" }]
rules: [{ repositories: ["**"], who: [node], allow: [pull, push] }]
`;
    const configFile = await dir.write("registry.yaml", text);
    const options = { config: parseConfig(text), configFile, folder: dir.path, root: dir.join("data") };
    await using service = await startService(options);
    assert.deepEqual(await push(service.url, dir, "client"), { status: 202, subject: "first" });
    assert.equal(await pushHttp2(service.url, dir), 202);
    assert.equal((await push(service.url, dir, "stranger")).status, 401);
    assert.equal((await push(service.url, dir)).status, 401);
    await dir.write("registry.yaml", text.replaceAll("server.", "next.").replace("port: 0", ""));
    await service.reload();
    assert.deepEqual(await push(service.url, dir, "client"), { status: 202, subject: "second" });
  });
});
