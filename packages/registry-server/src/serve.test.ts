import assert from "node:assert/strict";
import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertCode } from "@teu/testing/assert-code";
import { type AnswerReport, type ServeOptions, serveRegistry } from "./serve.ts";
import type { StorageDriver } from "./storage/driver.ts";
import { memoryRegistry, pushBlob } from "./testing/fixture.ts";

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly reports: AnswerReport[];
  readonly errors: unknown[];
  readonly storage: StorageDriver;
  /** Sends text as it is. */
  readonly send: (text: string) => Socket;
  readonly ask: ReturnType<typeof memoryRegistry>["ask"];
  readonly stop: () => Promise<void>;
}

async function start(options: Partial<ServeOptions> = {}): Promise<Served> {
  const fixture = memoryRegistry();
  const reports: AnswerReport[] = [];
  const onAnswer = (report: AnswerReport): void => void reports.push(report);
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const server = await serveRegistry({ registry: fixture.registry, port: 0, onAnswer, onError, ...options });
  const stop = async (): Promise<void> => await server[Symbol.asyncDispose]();
  return {
    url: server.url,
    reports,
    errors,
    ask: fixture.ask,
    storage: fixture.registry.storage,
    stop,
    send: (words) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      // A connection that the server ends may be reset.
      socket.on("error", () => {}).write(words);
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

async function until(ready: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !ready(); attempt += 1) await sleep(25);
  assert.ok(ready(), "waited in vain");
}

suite("a server", () => {
  test("says where it cannot listen, and why", async () => {
    await using served = await start();
    const { port } = new URL(served.url);
    const taken = await assertCode(async () => await start({ port: Number(port) }), "ERR_SERVER_LISTEN");
    assert.match(taken.message, new RegExp(`^Listening at "127.0.0.1:${port}": another program has it`));
    const elsewhere = await assertCode(async () => await start({ host: "203.0.113.1" }), "ERR_SERVER_LISTEN");
    assert.match(elsewhere.message, /this machine has no such address/);
  });

  test("ends connections whose headers never end, or are too long", async () => {
    await using served = await start({ headersMs: 100 });
    const slow = served.send("GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    assert.match(await text(slow), /^HTTP\/1\.1 408 /);
    const long = served.send(`GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`);
    assert.match(await text(long), /^HTTP\/1\.1 431 /);
    assert.deepEqual(served.reports, []);
  });

  test("ends connections that rest in the midst of a body, and keeps what arrived", async () => {
    await using served = await start({ idleMs: 150 });
    const begun = await fetch(`${served.url}/v2/a/blobs/uploads/`, { method: "POST" });
    const path = begun.headers.get("location") ?? "";
    const socket = served.send(`PATCH ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0123456789`);
    await once(socket.resume(), "close");
    const range = async (): Promise<string | null> => (await fetch(served.url + path)).headers.get("range");
    for (let attempt = 0; (await range()) !== "0-9" && attempt < 100; attempt += 1) await sleep(10);
    assert.equal(await range(), "0-9");
  });

  test("ends connections that do not take the answer", async () => {
    await using served = await start({ idleMs: 150 });
    const digest = await pushBlob(served.ask, "a", "x".repeat(30_000_000));
    const socket = served.send(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.pause();
    await until(() => served.reports.length > 0);
    const [{ status, aborted } = { status: 0, aborted: false }] = served.reports;
    assert.deepEqual([status, aborted], [200, true]);
    socket.destroy();
  });

  test("sends a blob that is in memory by now, whole and in part, and ends where a client has left", async () => {
    await using served = await start();
    const content = Array.from({ length: 100_000 }, (_, index) => `${index}`).join(" ");
    const url = `${served.url}/v2/a/blobs/${await pushBlob(served.ask, "a", content)}`;
    for (let pull = 0; pull < 4; pull += 1) assert.equal(await (await fetch(url)).text(), content);
    const part = await fetch(url, { headers: { range: "bytes=5-400004" } });
    assert.deepEqual([part.status, await part.text()], [206, content.slice(5, 400_005)]);
    assert.deepEqual(
      served.reports.map(({ bytes }) => bytes),
      [...Array.from({ length: 4 }, () => content.length), 400_000],
    );
    // More of them than sockets take while nobody reads.
    const leaver = served.send(`GET ${new URL(url).pathname} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(40)).pause();
    await once(leaver, "readable");
    leaver.resetAndDestroy();
    await until(() => served.reports.some(({ aborted }) => aborted));
  });

  test("answers with an error where content cannot be read", async () => {
    await using served = await start();
    const digest = await pushBlob(served.ask, "a", "x".repeat(100_000));
    await served.storage.remove(digest);
    const answer = await fetch(`${served.url}/v2/a/blobs/${digest}`);
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [500, "application/json"]);
    assert.match(await answer.text(), /"code":"UNKNOWN"/);
    assert.deepEqual([served.reports[0]?.status, served.errors.length], [500, 1]);
  });

  test("lets requests under way end when it is told to, and takes no more", async () => {
    await using served = await start();
    const body = "content";
    const upload = await fetch(`${served.url}/v2/a/blobs/uploads/`, { method: "POST" });
    const path = upload.headers.get("location") ?? "";
    const socket = served.send(`PATCH ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    const answer = text(socket);
    await sleep(50);
    const stopped = served.stop();
    await assert.rejects(fetch(`${served.url}/v2/`));
    socket.write(body);
    assert.match(await answer, /^HTTP\/1\.1 202 /);
    await stopped;
  });

  test("ends connections that go on for too long when it is told to", async () => {
    await using served = await start({ drainMs: 50 });
    const socket = served.send("POST /v2/a/blobs/uploads/?digest=x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
    const closed = once(socket.resume(), "close");
    await sleep(20);
    await served.stop();
    await closed;
  });
});
