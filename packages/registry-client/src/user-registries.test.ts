import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import * as http from "node:http";
import * as net from "node:net";
import { dirname } from "node:path";
import * as tls from "node:tls";
import { after, before, suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { formatReference, parseReference } from "@teu/spec/reference";
import { assertCode } from "@teu/testing/assert-code";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { configPlaces } from "./names/config-files.ts";
import { makeCertificates } from "./testing/certificates.ts";
import { type FakeRegistry, startFakeRegistry } from "./testing/fake-registry.ts";
import { type Listening, listen } from "./testing/listening.ts";
import { UserRegistries, type UserOptions } from "./user-registries.ts";

const IMAGE = sampleImage("user", { layerBytes: [200_000] });
/** A name that nothing but our proxies can look up. */
const NAME = "registry.example";

/** Passes bytes on to `port`, both ways. */
function onward(socket: net.Socket, port: number): void {
  const other = net.connect(port, "127.0.0.1");
  other.on("error", () => socket.destroy());
  socket.on("error", () => other.destroy()).on("close", () => other.destroy());
  socket.pipe(other).pipe(socket);
}

suite("the user's registries", { skip: needsProgram("openssl") }, () => {
  let dir: TempDir;
  let fake: FakeRegistry;
  let open: Listening;
  let mutual: Listening;
  const seen: string[] = [];

  before(async () => {
    dir = await tempDir();
    const { ca, server } = await makeCertificates(dir.path);
    fake = await startFakeRegistry();
    const own = { cert: server.certificate, key: server.key, ca };
    const pass = (socket: tls.TLSSocket): void => onward(socket, Number(fake.url.port));
    const both = tls.createServer({ ...own, requestCert: true, rejectUnauthorized: true }, pass);
    both.on("tlsClientError", () => {});
    const one = tls.createServer(own, pass).on("tlsClientError", () => {});
    open = await listen(one);
    mutual = await listen(both);
  });

  after(async () => {
    for (const one of [open, mutual, fake, dir]) await one[Symbol.asyncDispose]();
  });

  /** Copies there and back, as the user of `home`. */
  async function exchange(home: string, name: string, options: UserOptions = {}): Promise<void> {
    const env = { HOME: home, CONTAINERS_REGISTRIES_CONF: `${home}/registries.conf`, ...options.env };
    using registries = new UserRegistries({ retry: { maxAttempts: 1 }, ...options, env });
    const reference = parseReference(name);
    const memory = new MemoryStore();
    await putAll(memory, IMAGE);
    await copy(memory, await registries.target(reference), IMAGE.root, { tags: ["v1"] });
    const source = await registries.source(reference);
    assert.equal((await source.resolve("v1"))?.digest, IMAGE.root.digest);
    await copy(source, new MemoryStore(), IMAGE.root);
  }

  /** Puts certificates where a user's are. */
  async function place(home: string, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, from] of Object.entries(files)) {
      await mkdir(dirname(`${home}/${path}`), { recursive: true });
      await dir.write(`${home.slice(dir.path.length + 1)}/${path}`, await readFile(dir.join(from), "utf8"));
    }
  }

  /** A registry on this machine is let go without good certificates, so it is named. */
  const through = (port: number): string => `socks5://127.0.0.1:${port}`;

  test("with a CA in certs.d are trusted, and not without", async () => {
    await using socks = await listen(socksProxy(open.port, seen));
    const env = { HTTPS_PROXY: through(socks.port) };
    const home = dir.join("ca");
    await assertCode(() => exchange(home, `${NAME}/team/app`, { env }), "ERR_COPY_TARGET").then(({ cause }) =>
      assert.equal((cause as { readonly code?: string }).code, "ERR_TLS"),
    );
    await place(home, { [`.config/containers/certs.d/${NAME}/ca.crt`]: "ca.crt" });
    await exchange(home, `${NAME}/team/app`, { env });
  });

  test("with mutual TLS are shown our certificate from docker's certs.d, by host and port", async () => {
    await using socks = await listen(socksProxy(mutual.port, seen));
    const env = { HTTPS_PROXY: through(socks.port) };
    const home = dir.join("mtls");
    const folder = `.docker/certs.d/${NAME}:5443`;
    await place(home, { [`${folder}/ca.crt`]: "ca.crt" });
    await assert.rejects(exchange(home, `${NAME}:5443/team/app`, { env }));
    await place(home, { [`${folder}/client.cert`]: "client.crt", [`${folder}/client.key`]: "client.key" });
    await exchange(home, `${NAME}:5443/team/app`, { env });
  });

  test("go by containerd's hosts.toml: mirrors, certificates beside it, headers", async () => {
    await using socks = await listen(socksProxy(mutual.port, seen));
    const home = dir.join("hosts");
    const config = {
      ...configPlaces({}, home),
      hosts: [`${home}/certs.d`],
      registriesConf: [],
      registriesConfFolders: [],
    };
    const rule = `server = "https://${NAME}:7443"
ca = "ca.crt"
client = [["client.crt", "client.key"]]
[header]
x-team = "blue"
[host."http://127.0.0.1:9"]
capabilities = ["pull", "resolve"]
`;
    await place(
      home,
      Object.fromEntries(["ca.crt", "client.crt", "client.key"].map((name) => [`certs.d/docker.io/${name}`, name])),
    );
    await dir.write("hosts/certs.d/docker.io/hosts.toml", rule);
    const messages: string[] = [];
    const onMessage = (message: string): void => void messages.push(message);
    const from = fake.requests.length;
    const env = { HTTPS_PROXY: through(socks.port) };
    await exchange(home, "docker.io/team/app", { config, env, onMessage });
    const asked = fake.requests.slice(from);
    assert.ok(asked.length > 0 && asked.every(({ headers }) => headers["x-team"] === "blue"));
    assert.match(messages.join("\n"), /127\.0\.0\.1:9/);
  });

  test("are reached through proxies of HTTP, by tunnel for TLS, with user and password", async () => {
    await using proxy = await listen(httpProxy(open.port, Number(fake.url.port), seen));
    const home = dir.join("proxy");
    await place(home, { [`.config/containers/certs.d/${NAME}/ca.crt`]: "ca.crt" });
    const address = `http://me:pw@127.0.0.1:${proxy.port}`;
    seen.length = 0;
    await exchange(home, `${NAME}/team/app`, { env: { HTTPS_PROXY: address } });
    assert.deepEqual([...new Set(seen)], [`CONNECT ${NAME}:443 me:pw`]);
    seen.length = 0;
    await exchange(home, `${NAME}:5000/team/app`, { env: { HTTP_PROXY: address }, insecure: [`${NAME}:5000`] });
    assert.deepEqual([...new Set(seen)], [`GET ${NAME}:5000 me:pw`]);
    const direct = exchange(home, `${NAME}/team/app`, { env: { HTTPS_PROXY: address, NO_PROXY: ".example" } });
    await assert.rejects(direct, (error: Error) => /ENOTFOUND|EAI_AGAIN/.test(String(error.cause)));
  });

  test("are reached through SOCKS, which looks the name up", async () => {
    await using socks = await listen(socksProxy(Number(fake.url.port), seen));
    seen.length = 0;
    const env = { ALL_PROXY: `socks5h://me:pw@127.0.0.1:${socks.port}` };
    await exchange(dir.join("socks"), `${NAME}:5000/team/app`, { env, insecure: ["*"] });
    assert.ok(seen.includes(`SOCKS ${NAME}:5000 me:pw`), seen.join("\n"));
  });
});

/** A proxy for which every name leads to one of two ports: that for TLS, in tunnels, or that for plain requests. */
function httpProxy(securePort: number, plainPort: number, seen: string[]): http.Server {
  const user = ({ headers }: http.IncomingMessage): string =>
    Buffer.from((headers["proxy-authorization"] ?? "").replace("Basic ", ""), "base64").toString();
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "");
    seen.push(`GET ${url.host} ${user(request)}`);
    const { method, headers } = request;
    const next = http.request({ port: plainPort, method, headers, path: url.pathname + url.search });
    next.on("response", (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers)));
    next.on("error", () => response.destroy());
    request.pipe(next);
  });
  server.on("connect", (request, socket: net.Socket) => {
    if (!String(request.url).endsWith(":443")) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    seen.push(`CONNECT ${request.url} ${user(request)}`);
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    onward(socket, securePort);
  });
  return server;
}

/** A proxy of SOCKS 5 for which every name leads to `port`. */
function socksProxy(port: number, seen: string[]): net.Server {
  return net.createServer((socket) => {
    let user = "";
    const request = (bytes: Buffer): void => {
      const length = bytes[4] ?? 0;
      seen.push(`SOCKS ${String(bytes.subarray(5, 5 + length))}:${bytes.readUInt16BE(5 + length)} ${user}`);
      socket.write(new Uint8Array([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      socket.removeAllListeners("data");
      onward(socket, port);
    };
    const password = (bytes: Buffer): void => {
      const length = bytes[1] ?? 0;
      user = `${String(bytes.subarray(2, 2 + length))}:${String(bytes.subarray(3 + length))}`;
      socket.write(new Uint8Array([1, 0]));
      socket.once("data", request);
    };
    socket.once("data", (greeting) => {
      const wantsPassword = greeting[2] === 2;
      socket.write(new Uint8Array([5, wantsPassword ? 2 : 0]));
      socket.once("data", wantsPassword ? password : request);
    });
  });
}

test("a short name means what the user chooses, or the first that is there, or nothing where that is forbidden", async () => {
  await using dir = await tempDir();
  await using one = await startFakeRegistry();
  await using other = await startFakeRegistry();
  const find = async (mode: string, choose?: UserOptions["choose"]): Promise<string> => {
    const search = `unqualified-search-registries = ["${one.host}", "${other.host}"]\nshort-name-mode = "${mode}"\n`;
    const env = { HOME: dir.path, CONTAINERS_REGISTRIES_CONF: await dir.write("registries.conf", search) };
    using registries = new UserRegistries({ env, ...(choose === undefined ? {} : { choose }) });
    if (other.requests.length === 0) {
      const target = await registries.target(parseReference(`${other.host}/app`));
      await putAll(target, IMAGE);
      await target.tag("v1", IMAGE.root);
    }
    return formatReference(await registries.find("app:v1"));
  };
  const last: UserOptions["choose"] = async (name, candidates) => {
    assert.equal(name, "app:v1");
    return candidates.at(-1);
  };
  const [first, second] = [`${one.host}/app:v1`, `${other.host}/app:v1`];
  assert.equal(await find("permissive"), second);
  assert.equal(await find("permissive", async (_name, candidates) => candidates[0]), first);
  assert.equal(await find("enforcing", last), second);
  assert.equal(await find("disabled", async () => assert.fail("it was asked")), second);
  for (const choose of [undefined, async (): Promise<undefined> => {}])
    assert.match((await assertCode(() => find("enforcing", choose), "ERR_SHORT_NAME")).message, /it could be any of/);
});
