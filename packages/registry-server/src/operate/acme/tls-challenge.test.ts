import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request } from "node:https";
import { test } from "node:test";
import { type ConnectionOptions, connect } from "node:tls";
import { serveRegistry } from "../../serve.ts";
import { memoryRegistry } from "../../testing/fixture.ts";
import { TlsChallenge, makeChallengeCertificate } from "./tls-challenge.ts";

/** Seconds that a test waits at most. */
const BOUND = 20_000;

test("an authority gets its answer on the port of the registry, and everybody else the registry", async () => {
  const challenge = new TlsChallenge();
  await using fixture = memoryRegistry();
  const tls = makeChallengeCertificate("registry.example", "anything");
  await using server = await serveRegistry({ registry: fixture.registry, port: 0, tls, tlsChallenge: challenge });
  const port = Number(new URL(server.url).port);
  for (const text of [undefined, "token.print", "other.print"]) {
    if (text === undefined) challenge.clear();
    else challenge.offer("one.example", text);
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const options = { port, servername: "one.example", minVersion: version, maxVersion: version };
      const seen = await handshake({ ...options, ALPNProtocols: ["acme-tls/1"] });
      assert.deepEqual(
        seen,
        text === undefined ? undefined : { protocol: "acme-tls/1", names: "DNS:one.example", text: digestOf(text) },
      );
      assert.equal(await statusOf(options), 200, `${version} beside ${text}`);
    }
  }
  const none = await handshake({ port, servername: "two.example", ALPNProtocols: ["acme-tls/1"] });
  assert.equal(none, undefined, "a name that nobody asked for");
});

interface Seen {
  readonly protocol: string | false | null;
  readonly names: string | undefined;
  /** SHA-256 of the text, as the certificate has it. */
  readonly text: string;
}

/** What an authority sees; nothing if the connection is refused. */
async function handshake(options: ConnectionOptions): Promise<Seen | undefined> {
  const socket = connect({ ...options, host: "127.0.0.1", rejectUnauthorized: false, timeout: BOUND });
  try {
    await once(socket, "secureConnect");
    const { subjectaltname, raw } = socket.getPeerCertificate(true);
    // id-pe-acmeIdentifier, critical, and 32 bytes within two strings of bytes.
    const [, found = ""] = /06082b0601050507011f0101ff042204200?([0-9a-f]{64})/.exec(raw.toString("hex")) ?? [];
    return { protocol: socket.alpnProtocol, names: subjectaltname, text: found };
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

async function statusOf(options: ConnectionOptions): Promise<number | undefined> {
  const sent = request({
    ...options,
    host: "127.0.0.1",
    path: "/v2/",
    rejectUnauthorized: false,
    agent: false,
    timeout: BOUND,
  });
  sent.end();
  const [answer] = await once(sent, "response");
  answer.resume();
  await once(answer, "end");
  return answer.statusCode;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
