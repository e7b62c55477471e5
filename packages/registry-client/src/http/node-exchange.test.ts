import assert from "node:assert/strict";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import { suite, test } from "node:test";
import { collect } from "@teu/std/streams";
import { assertCode } from "@teu/testing/assert-code";
import { needsProgram } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { makeCertificates } from "../testing/certificates.ts";
import { listen } from "../testing/listening.ts";
import type { HttpRequest } from "./exchange.ts";
import { NodeExchange, type NodeExchangeOptions } from "./node-exchange.ts";
import { parseProxy, proxyFromEnvironment } from "./proxy.ts";

function echo(request: http.IncomingMessage, response: http.ServerResponse): void {
  response.setHeader("x-host", request.headers.host ?? "");
  request.pipe(response);
}

async function ask(
  options: NodeExchangeOptions,
  request: Partial<HttpRequest> & { readonly url: URL },
): Promise<string> {
  using node = new NodeExchange(options);
  const answer = await node.exchange({
    method: "POST",
    headers: {},
    body: new TextEncoder().encode("hello"),
    ...request,
  });
  return new TextDecoder().decode(await collect(answer.body, { maxBytes: 1000 }));
}

suite("an exchange over Node", () => {
  test("refuses a name that leads further inside than it may", async () => {
    await using server = await listen(http.createServer(echo));
    const url = new URL(`http://registry.example:${server.port}/`);
    const lookup: net.LookupFunction = (_name, options, done) =>
      options.all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
    await assertCode(() => ask({ lookup }, { url, reach: "private" }), "ERR_ADDRESS_REFUSED");
    assert.equal(await ask({ lookup }, { url, reach: "loopback" }), "hello");
  });

  test("gives up on silence at each step", async () => {
    await using mute = await listen(net.createServer());
    const url = new URL(`http://127.0.0.1:${mute.port}/`);
    await assertCode(() => ask({ headersTimeoutMs: 50 }, { url }), "ERR_NETWORK_TIMEOUT");
    const endless = (async function* () {
      for (;;) yield new Uint8Array(1024 * 1024);
    })();
    await using paused = await listen(net.createServer({ pauseOnConnect: true }));
    const there = new URL(`http://127.0.0.1:${paused.port}/`);
    await assertCode(() => ask({ stallTimeoutMs: 100 }, { url: there, body: endless }), "ERR_NETWORK_TIMEOUT");
    await using secure = await listen(net.createServer());
    const tls = new URL(`https://127.0.0.1:${secure.port}/`);
    await assertCode(() => ask({ connectTimeoutMs: 50 }, { url: tls }), "ERR_NETWORK_TIMEOUT");
  });

  test("an abort ends it with its reason, and a body that fails with its error", async () => {
    await using mute = await listen(net.createServer());
    const url = new URL(`http://127.0.0.1:${mute.port}/`);
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    await assert.rejects(ask({}, { url, signal: controller.signal }), (error) => error === reason);
    const broken = (async function* () {
      yield new Uint8Array(10);
      throw reason;
    })();
    await assert.rejects(ask({}, { url, body: broken }), (error) => error === reason);
  });

  test("nobody there is an error of the network", async () => {
    const gone = await listen(net.createServer());
    const url = new URL(`http://127.0.0.1:${gone.port}/?token=hunter2`);
    await gone[Symbol.asyncDispose]();
    const error = await assertCode(() => ask({}, { url }), "ERR_NETWORK");
    assert.match(error.message, /ECONNREFUSED/);
    assert.doesNotMatch(error.message, /hunter2/);
  });
});

suite("TLS and proxies", { skip: needsProgram("openssl") }, () => {
  test("a CA of one's own is trusted, others are not, and a certificate is shown", async () => {
    await using dir = await tempDir();
    const { ca, server: own, client } = await makeCertificates(dir.path);
    const options = { cert: own.certificate, key: own.key, ca, requestCert: true };
    await using server = await listen(https.createServer({ ...options, rejectUnauthorized: true }, echo));
    const url = new URL(`https://127.0.0.1:${server.port}/`);
    const error = await assertCode(() => ask({}, { url }), "ERR_TLS");
    assert.match(String(error.hint), /certs\.d/);
    assert.equal(await ask({ tls: { ca: [ca], client } }, { url }), "hello");
    assert.equal(await ask({ tls: { insecure: true, client } }, { url }), "hello");
    await assert.rejects(ask({ tls: { ca: [ca] } }, { url }));
  });

  test("proxies of HTTP and SOCKS are gone through, with user and password", async () => {
    await using dir = await tempDir();
    const { ca, server: own } = await makeCertificates(dir.path);
    await using secure = await listen(https.createServer({ cert: own.certificate, key: own.key }, echo));
    await using plain = await listen(http.createServer(echo));
    const seen: string[] = [];
    await using tunnel = await listen(httpProxy(seen));
    await using socks = await listen(socksProxy(seen));
    const tls = { ca: [ca] };
    for (const [address, mark] of [
      [`http://me:pw@127.0.0.1:${tunnel.port}`, "http me:pw"],
      [`socks5://me:pw@127.0.0.1:${socks.port}`, "socks me:pw"],
    ] as const) {
      const proxy = (): ReturnType<typeof parseProxy> => parseProxy(address);
      for (const url of [new URL(`https://127.0.0.1:${secure.port}/`), new URL(`http://127.0.0.1:${plain.port}/`)]) {
        seen.length = 0;
        assert.equal(await ask({ proxy, tls }, { url }), "hello", `${mark} ${url.protocol}`);
        assert.deepEqual(seen, [mark]);
      }
    }
    const refusing = (): ReturnType<typeof parseProxy> => parseProxy(`http://127.0.0.1:${tunnel.port}`);
    const error = await assertCode(
      () => ask({ proxy: refusing, tls }, { url: new URL("https://a.example/") }),
      "ERR_PROXY",
    );
    assert.match(error.message, /407/);
  });
});

function httpProxy(seen: string[]): http.Server {
  const user = (request: http.IncomingMessage): string =>
    Buffer.from((request.headers["proxy-authorization"] ?? "").replace("Basic ", ""), "base64").toString();
  const server = http.createServer((request, response) => {
    seen.push(`http ${user(request)}`);
    const url = new URL(request.url ?? "");
    const onward = http.request({
      port: url.port,
      host: url.hostname,
      method: request.method,
      headers: request.headers,
    });
    onward.on("response", (answer) => answer.pipe(response));
    request.pipe(onward);
  });
  server.on("connect", (request, socket: net.Socket) => {
    if (user(request) === "") {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    seen.push(`http ${user(request)}`);
    const [host, port] = (request.url ?? "").split(":");
    const onward = net.connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
  });
  return server;
}

function socksProxy(seen: string[]): net.Server {
  return net.createServer((socket) => {
    const steps = [
      (): void => void socket.write(new Uint8Array([5, 2])),
      (bytes: Buffer): void => {
        const length = bytes[1] ?? 0;
        seen.push(`socks ${String(bytes.subarray(2, 2 + length))}:${String(bytes.subarray(3 + length))}`);
        socket.write(new Uint8Array([1, 0]));
      },
      (bytes: Buffer): void => {
        const length = bytes[4] ?? 0;
        const onward = net.connect(bytes.readUInt16BE(5 + length), String(bytes.subarray(5, 5 + length)), () => {
          socket.write(new Uint8Array([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          socket.removeAllListeners("data");
          socket.pipe(onward).pipe(socket);
        });
        onward.on("error", () => socket.destroy());
      },
    ];
    socket.on("data", (bytes) => steps.shift()?.(bytes));
  });
}

test("the environment chooses proxies as in other programs", () => {
  const choose = proxyFromEnvironment({
    HTTPS_PROXY: "proxy.example:3128",
    http_proxy: "socks5://s.example",
    NO_PROXY: "internal.example, .corp.example,10.0.0.0/8,only.example:5000",
  });
  const of = (url: string): string | undefined => choose(new URL(url))?.url.host;
  assert.equal(of("https://a.example/"), "proxy.example:3128");
  assert.equal(of("http://a.example/"), "s.example");
  for (const url of [
    "https://internal.example/",
    "https://x.corp.example/",
    "https://10.1.2.3/",
    "https://localhost/",
  ]) {
    assert.equal(of(url), undefined, url);
  }
  assert.equal(of("https://only.example:5000/"), undefined);
  assert.equal(of("https://only.example/"), "proxy.example:3128");
  assert.equal(
    proxyFromEnvironment({ HTTP_PROXY: "p", REQUEST_METHOD: "GET" })(new URL("http://a.example/")),
    undefined,
  );
  assertCode(() => parseProxy("ftp://x"), "ERR_PROXY");
});
