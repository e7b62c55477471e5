import assert from "node:assert/strict";
import * as net from "node:net";
import { suite, test } from "node:test";
import { isTeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import { assertCode } from "@teu/testing/assert-code";
import * as fc from "fast-check";
import { parseHead } from "./answer-head.ts";
import { NodeExchange } from "./node-exchange.ts";
import { formatHead } from "./request-head.ts";

/** Serves `pieces` of bytes to whoever has sent the head of a request, each in a packet of its own, and may hang up. */
async function serving(
  pieces: readonly string[],
  { hangsUp = true }: { readonly hangsUp?: boolean } = {},
): Promise<AsyncDisposable & { readonly url: URL; readonly connections: () => number }> {
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      if (bytes.includes("\r\n\r\n")) void send(socket, pieces, hangsUp);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}/`),
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function send(socket: net.Socket, pieces: readonly string[], hangsUp: boolean): Promise<void> {
  for (const piece of pieces) {
    socket.write(Buffer.from(piece, "latin1"));
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  if (hangsUp) socket.end();
}

async function read(
  url: URL,
  node = new NodeExchange({ stallTimeoutMs: 2000, headersTimeoutMs: 2000 }),
): Promise<string> {
  const answer = await node.exchange({ method: "GET", url, headers: {} });
  const bytes = await collect(answer.body, { maxBytes: 1_000_000 });
  return `${answer.status} ${new TextDecoder().decode(bytes)}`;
}

const GOOD: readonly (readonly [string, string, string])[] = [
  ["a length", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "200 hello"],
  ["the same length twice", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nContent-Length: 2\r\n\r\nhi", "200 hi"],
  [
    "chunks",
    "HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nx: y\r\n\r\n",
    "200 hello",
  ],
  ["until the end", "HTTP/1.0 200 fine\r\n\r\nhello", "200 hello"],
  [
    "interim answers",
    "HTTP/1.1 100 go\r\n\r\nHTTP/1.1 103 x\r\na: b\r\n\r\nHTTP/1.1 201 OK\r\ncontent-length: 0\r\n\r\n",
    "201 ",
  ],
  ["no body by status", "HTTP/1.1 204 none\r\n\r\n", "204 "],
  ["bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 1\n\nx", "200 x"],
];

suite("answers", () => {
  for (const [name, text, expected] of GOOD) {
    test(`with ${name}, in one packet or in many`, async () => {
      await using whole = await serving([text]);
      assert.equal(await read(whole.url), expected);
      await using pieces = await serving(text.split(""));
      assert.equal(await read(pieces.url), expected);
    });
  }

  test("that end before they are whole are errors of the network", async () => {
    for (const [, text] of GOOD.filter(([name]) => name === "chunks" || name === "a length")) {
      for (let length = 0; length < text.length; length += 3) {
        await using cut = await serving([text.slice(0, length)]);
        await assertCode(() => read(cut.url), "ERR_NETWORK");
      }
    }
  });

  const HOSTILE: readonly (readonly [string, string])[] = [
    ["a length beside chunks", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!"],
    ["a length that is none", "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello"],
    ["another coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 0\r\n\r\n"],
    ["a header without name", "HTTP/1.1 200 OK\r\n: b\r\ncontent-length: 0\r\n\r\n"],
    ["a blank before the colon", "HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n"],
    ["another protocol", "HTTP/2 200\r\ncontent-length: 0\r\n\r\n"],
    ["no HTTP at all", "SSH-2.0-x\r\n\r\n"],
    ["a switch of protocols", "HTTP/1.1 101 x\r\n\r\n"],
    ["interim answers without end", "HTTP/1.1 100 x\r\n\r\n".repeat(20)],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(20_000)}`],
    ["a line without end", `HTTP/1.1 200 OK\r\na: ${"b".repeat(100_000)}`],
    ["a chunk of negative length", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n"],
    ["a chunk longer than it says", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"],
    ["trailers without end", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(20_000)}`],
  ];
  for (const [name, text] of HOSTILE) {
    test(`with ${name} are refused`, async () => {
      await using server = await serving([text], { hangsUp: false });
      await assertCode(() => read(server.url), "ERR_NETWORK");
    });
  }

  test("of any bytes end in an answer or an error, never in anything else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.boolean(), (text, isHead) => {
        try {
          const { status } = parseHead(isHead ? `HTTP/1.1 200 OK\r\n${text}` : text);
          assert.ok(status >= 100);
        } catch (error) {
          assert.ok(error instanceof Error && !isTeuError(error) && error.message.length < 200);
        }
      }),
    );
  });
});

suite("connections", () => {
  test("are used again after answers that were read or discarded, and not after others", async () => {
    await using server = await serving(["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"], { hangsUp: false });
    using node = new NodeExchange();
    for (let count = 0; count < 3; count += 1) assert.equal(await read(server.url, node), "200 hello");
    await (await node.exchange({ method: "GET", url: server.url, headers: {} })).discard();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await read(server.url, node), "200 hello");
    assert.equal(server.connections(), 1);
    for await (const _ of (await node.exchange({ method: "GET", url: server.url, headers: {} })).body) break;
    assert.equal(await read(server.url, node), "200 hello");
    assert.equal(server.connections(), 2);
  });

  test("that were closed while they were kept are made anew, for what may be asked twice", async () => {
    let requests = 0;
    const server = net.createServer((socket) => {
      let isFirst = true;
      socket.on("error", () => {});
      socket.on("data", () => {
        requests += 1;
        if (!isFirst) {
          socket.destroy();
          return;
        }
        isFirst = false;
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}/`);
    using node = new NodeExchange();
    assert.equal(await read(url, node), "200 hello");
    assert.equal(await read(url, node), "200 hello");
    assert.equal(requests, 3);
    await assertCode(() => node.exchange({ method: "POST", url, headers: {} }), "ERR_NETWORK");
    assert.equal(requests, 4);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  test("with bytes that nobody asked for are not", async () => {
    const split = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
    await using server = await serving([split], { hangsUp: false });
    using node = new NodeExchange();
    for (let count = 0; count < 2; count += 1) assert.equal(await read(server.url, node), "200 hi");
    assert.equal(server.connections(), 2);
  });

  test("headers cannot smuggle others in", () => {
    for (const value of ["a\r\nb: c", "a\nb", "\u0000", "ż"]) assert.throws(() => formatHead("GET", "/", { x: value }));
    assert.throws(() => formatHead("GET", "/ HTTP/1.1\r\nx: y", {}));
    assert.throws(() => formatHead("GET", "/", { "x: y\r\nz": "" }));
    assert.equal(formatHead("GET", "/a?b", { host: "h" }), "GET /a?b HTTP/1.1\r\nhost: h\r\n\r\n");
  });

  test("a reader that is slow holds the other side back", async () => {
    const big = "x".repeat(30_000_000);
    await using server = await serving([`HTTP/1.1 200 OK\r\ncontent-length: ${big.length}\r\n\r\n`, big]);
    using node = new NodeExchange();
    const answer = await node.exchange({ method: "GET", url: server.url, headers: {} });
    let total = 0;
    for await (const chunk of answer.body) {
      assert.ok(chunk.length <= 512 * 1024);
      if (total === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      total += chunk.length;
    }
    assert.equal(total, big.length);
  });
});
