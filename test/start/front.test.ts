import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer as listen } from "node:net";
import { suite, test } from "node:test";
import { createServer } from "node:tls";
import { openLayout } from "@teu/content/layout-store";
import { assertComplete, sampleImage, sampleIndex } from "@teu/content/testing/samples";
import { type KeyPair, makeCertificates } from "@teu/registry-client/testing/certificates";
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import type { Fault, FaultRule } from "@teu/registry-client/testing/faults";
import { blobPath } from "@teu/spec/image/layout";
import { needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { writeLayout } from "../registry-client/graphs.ts";
import { type Done, front, needsFront, node } from "./front.ts";

const IMAGE = sampleImage("front", { layerBytes: [3_000_000, 200_000, 0] });
const INDEX = sampleIndex([
  [IMAGE, { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" }],
  [sampleImage("other", { layerBytes: [10] }), { os: "linux", architecture: "s390x" }],
]);

interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly fake: FakeRegistry;
}

async function world(options: FakeOptions = {}): Promise<World> {
  await using cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const fake = cleanup.use(await startFakeRegistry(options));
  await writeLayout(dir.join("layout"), { v1: IMAGE, all: INDEX });
  const kept = cleanup.move();
  return { dir, fake, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Command lines, of which `@` is another name each time; HOST is the registry. */
const COMMANDS: readonly string[] = [
  "push oci:layout:v1 docker://HOST/@/app:v1",
  "push -q oci:layout:all docker://HOST/@/app:all --jobs 1",
  "push oci:layout:v1 docker://HOST/seen/app:v2",
  "pull HOST/seen/app:v1 oci:@:v1",
  "pull --all-platforms -q HOST/seen/app:all oci:@",
  "pull HOST/seen/app:all",
  "pull HOST/seen/app:v1",
  "copy docker://HOST/seen/app:v1 dir:@",
  "copy docker://HOST/seen/app:v1 docker://HOST/@/app",
  "copy oci:layout:v1 oci-archive:@.tar:v1",
  "pull HOST/seen/none:v1",
  "pull HOST/seen/app:none oci:@",
  "pull 127.0.0.1:1/seen/app:v1",
  "pull not//a//name",
  "push oci:nowhere:v1 docker://HOST/@/app",
  "push oci:layout:none docker://HOST/@/app",
  "push",
  "pull --no-such-option x",
  "pull --help",
  "verify --key missing.pub HOST/seen/app:v1",
];

suite("teu-front", { skip: needsFront }, () => {
  test("does what Node does, and says the same", { timeout: 60_000 }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    await node(dir, ["push", "-q", "oci:layout:v1", `docker://${fake.host}/seen/app:v1`]);
    await node(dir, ["push", "-q", "oci:layout:all", `docker://${fake.host}/seen/app:all`]);
    for (const line of COMMANDS) {
      const words = (name: string): string[] => line.replaceAll("HOST", fake.host).replaceAll("@", name).split(" ");
      const [own, nodes] = [await front(dir, words("front")), await node(dir, words("node"))];
      const shown = (text: string): string => text.replaceAll("front", "node").split("\n").sort().join("\n");
      assert.deepEqual(
        { code: own.code, out: shown(own.out), notes: shown(own.notes) },
        { code: nodes.code, out: shown(nodes.out), notes: shown(nodes.notes) },
        line,
      );
    }
  });

  test("does the usual by itself", async () => {
    await using here = await world();
    const { dir, fake } = here;
    for (const words of [
      ["push", "oci:layout:v1", `docker://${fake.host}/team/app:v1`],
      ["push", "oci:layout:v1", `docker://${fake.host}/team/app:v1`],
      ["pull", `${fake.host}/team/app:v1`],
      ["pull", "-q", `${fake.host}/team/app:v1`, "oci:out:v1"],
      ["copy", `docker://${fake.host}/team/app:v1`, "dir:folder"],
    ]) {
      const { code, by, notes } = await front(dir, words);
      assert.deepEqual({ code, by }, { code: 0, by: "front" }, `${words.join(" ")}: ${notes}`);
    }
    await using layout = await openLayout(dir.join("out"));
    await assertComplete(layout, IMAGE.root);
  });

  for (const [what, rules] of Object.entries(faults()))
    test(`comes to the same end as Node with ${what}`, { timeout: 60_000 }, async () => {
      const ends = [];
      for (const program of [front, node]) {
        await using here = await world();
        const { dir, fake } = here;
        const name = `${fake.host}/team/app:v1`;
        const words = what.startsWith("pull")
          ? ["pull", "-q", name, "oci:out:v1"]
          : ["push", "-q", "oci:layout:v1", name];
        await node(dir, [
          "push",
          "-q",
          "oci:layout:v1",
          `docker://${what.startsWith("pull") ? name : `${fake.host}/other`}`,
        ]);
        fake.faults.push(...structuredClone(rules));
        const { code, notes } = await program(dir, words);
        ends.push({ code, notes: plain(notes, fake) });
        if (code === 0 && what.startsWith("pull")) {
          await using layout = await openLayout(dir.join("out"));
          await assertComplete(layout, IMAGE.root);
        }
      }
      assert.deepEqual(ends[0], ends[1]);
    });

  test("hears a registry that refuses a body and reads no more of it", { timeout: 60_000 }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    await using refusing = await refusingFor(fake);
    // More than lies in the buffers of both ends.
    await writeLayout(dir.join("long"), { v1: sampleImage("long", { layerBytes: [40_000_000] }) });
    const push = ["push", "-q", "oci:long:v1", `docker://127.0.0.1:${refusing.port}/team/app:v1`];
    for (const program of [front, node]) {
      const { code, notes } = await program(dir, push);
      assert.equal(code, 1);
      assert.match(notes, /status 413 \(too long\), expected 201/);
    }
  });

  test("comes to the same end as Node where a layer in the layout is damaged", { timeout: 30_000 }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    const [layer] = IMAGE.content.toSorted((a, b) => b.bytes.length - a.bytes.length);
    assert.ok(layer);
    const damaged = layer.bytes.with(1_500_000, (layer.bytes[1_500_000] ?? 0) ^ 1);
    await writeFile(dir.join("layout", blobPath(layer.descriptor.digest)), damaged);
    const push = ["push", "-q", "oci:layout:v1", `docker://${fake.host}/team/app:v1`];
    const [own, nodes] = [await front(dir, push), await node(dir, push)];
    assert.deepEqual({ code: own.code, by: own.by }, { code: 1, by: "front" });
    assert.match(own.notes, /reading it failed at the source.*another digest/);
    assert.deepEqual(plain(own.notes, fake), plain(nodes.notes, fake));
  });

  test("takes no notice of what comes behind a body, but to leave the connection", { timeout: 30_000 }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    await node(dir, ["push", "-q", "oci:layout:v1", `docker://${fake.host}/team/app:v1`]);
    fake.faults.push({ method: "GET", path: "/blobs/", fault: { kind: "cut", after: 2_999_000 }, times: 5 });
    await using talkative = await inFrontOf(fake, (request, answer) =>
      /^GET \S*\/blobs\//.test(request) ? Buffer.concat([answer, Buffer.from("HTTP/1.1 200 OK\r\n")]) : answer,
    );
    const { code, by, notes } = await front(dir, [
      "pull",
      "-q",
      `127.0.0.1:${talkative.port}/team/app:v1`,
      "oci:out:v1",
    ]);
    assert.deepEqual({ code, by, notes }, { code: 0, by: "front", notes: "" });
    await using layout = await openLayout(dir.join("out"));
    await assertComplete(layout, IMAGE.root);
    assert.ok(fake.requests.some(({ headers }) => headers.range !== undefined));
  });

  test("says so where a file may not grow, and keeps nothing of it", { skip: needsProgram("prlimit") }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    const name = `${fake.host}/team/app:v1`;
    await node(dir, ["push", "-q", "oci:layout:v1", `docker://${name}`]);
    const { code, by, notes } = await front(dir, ["pull", "-q", name, "oci:out:v1"], {
      before: ["prlimit", "--fsize=2000000"],
    });
    assert.deepEqual({ code, by }, { code: 1, by: "front" });
    assert.match(notes, /writing it failed at the target: EFBIG: file too large, write/);
    const left = await readdir(dir.join("out"), { recursive: true });
    assert.deepEqual(
      left.filter((path) => /parts|sessions|tmp-/.test(path)),
      [],
    );
  });

  test("and Node keep each other from undoing what they do to one layout", { timeout: 60_000 }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    await node(dir, ["push", "-q", "oci:layout:v1", `docker://${fake.host}/team/app:v1`]);
    const tags = Array.from({ length: 12 }, (_, at) => `t${at}`);
    const ends = await Promise.all(
      tags.map((tag, at) =>
        (at % 3 === 0 ? node : front)(dir, ["pull", "-q", `${fake.host}/team/app:v1`, `oci:out:${tag}`]),
      ),
    );
    for (const { code, notes } of ends) assert.equal(code, 0, notes);
    await using layout = await openLayout(dir.join("out"));
    assert.deepEqual((await Array.fromAsync(layout.tags())).toSorted(), tags.toSorted());
  });

  test("ends when it is interrupted, and leaves nothing half-made", { timeout: 30_000 }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    await node(dir, ["push", "-q", "oci:layout:v1", `docker://${fake.host}/team/app:v1`]);
    fake.faults.push({ method: "GET", path: "/blobs/", fault: { kind: "stall", after: 100_000 }, times: 100 });
    let child: ChildProcess | undefined;
    const before = fake.requests.length;
    const ended = front(dir, ["pull", "-q", `${fake.host}/team/app:v1`, "oci:out:v1"], {
      onStart: (one) => (child = one),
    });
    while (!fake.requests.slice(before).some(({ path }) => path.includes("/blobs/")))
      await new Promise((resolve) => setTimeout(resolve, 5));
    child?.kill("SIGINT");
    const { code, notes, by } = await ended;
    assert.deepEqual({ code, notes, by }, { code: 130, notes: "teu: interrupted\n", by: "front" });
    const left = (await readdir(dir.join("out"), { recursive: true })).filter((name) => name.includes("tmp-"));
    assert.deepEqual(left, []);
  });

  test("keeps secrets out of what it says, and tells them to the registry alone", async () => {
    await using here = await world({ auth: { kind: "basic", username: "ann", password: "canary-6a1f" } });
    const { dir, fake } = here;
    const auth = Buffer.from("ann:canary-6a1f").toString("base64");
    await dir.write("front/.docker/config.json", JSON.stringify({ auths: { [fake.host]: { auth } } }));
    const good = await front(dir, ["push", "oci:layout:v1", `docker://${fake.host}/team/app:v1`]);
    assert.deepEqual({ code: good.code, by: good.by }, { code: 0, by: "front" }, good.notes);
    await dir.write(
      "front/.docker/config.json",
      JSON.stringify({ auths: { [fake.host]: { auth: Buffer.from("ann:canary-77").toString("base64") } } }),
    );
    const bad = await front(dir, ["push", "oci:layout:v1", `docker://${fake.host}/team/other:v1`]);
    assert.equal(bad.code, 1);
    for (const { out, notes } of [good, bad]) assert.doesNotMatch(out + notes, /canary|Y2FuYXJ5/);
  });

  test("leaves to Node what it lacks", async () => {
    await using here = await world({ auth: { kind: "basic", username: "ann", password: "secret" } });
    const { dir, fake } = here;
    const form = await front(dir, ["copy", "-q", "oci:layout:v1", "oci:out", "--jobs=1"]);
    assert.deepEqual({ code: form.code, by: form.by }, { code: 0, by: "node" }, form.notes);
    await dir.write("front/.docker/config.json", JSON.stringify({ credsStore: "none" }));
    const helper = await front(dir, ["push", "-q", "oci:layout:v1", `docker://${fake.host}/team/app:v1`]);
    assert.equal(helper.by, "node");
    assert.match(helper.notes, /docker-credential-none/);
  });

  test("speaks TLS with those alone whom the user trusts", { skip: needsRoot(), timeout: 30_000 }, async () => {
    await using here = await world();
    const { dir, fake } = here;
    const certificates = await makeCertificates(dir.path);
    await using secured = await secure(fake, certificates.server);
    await dir.write("hosts", "127.0.0.1 registry.example other.example localhost\n");
    const before = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', dir.join("hosts")];
    const push = async (host: string, env: Readonly<Record<string, string>> = {}): Promise<Done> =>
      await front(dir, ["push", "-q", "oci:layout:v1", `docker://${host}:${secured.port}/team/app:v1`], {
        before,
        env,
      });
    const refused = await push("registry.example");
    assert.deepEqual({ code: refused.code, by: refused.by }, { code: 1, by: "node" });
    assert.match(refused.notes, /certificate/);
    const extra = await push("registry.example", { NODE_EXTRA_CA_CERTS: dir.join("ca.crt") });
    assert.deepEqual({ code: extra.code, by: extra.by }, { code: 0, by: "front" }, extra.notes);
    for (const host of ["registry.example", "other.example"])
      await dir.write(`front/.docker/certs.d/${host}:${secured.port}/ca.crt`, certificates.ca);
    const trusted = await push("registry.example");
    assert.deepEqual({ code: trusted.code, by: trusted.by }, { code: 0, by: "front" }, trusted.notes);
    const other = await push("other.example");
    assert.deepEqual({ code: other.code, by: other.by }, { code: 1, by: "node" });
    assert.match(other.notes, /altnames/);
    const name = `registry.example:${secured.port}/team/app:v1`;
    const pulled = await front(dir, ["pull", "-q", name, "oci:out:v1"], { before });
    assert.deepEqual({ code: pulled.code, by: pulled.by }, { code: 0, by: "front" }, pulled.notes);
    await using layout = await openLayout(dir.join("out"));
    await assertComplete(layout, IMAGE.root);
  });

  test("says so where there is no Node to take over", async () => {
    const { FRONT } = await import("../../tools/native/front.ts");
    const child = spawn(FRONT, ["/no/such/node", "--", "pull", "--jobs=1", "x"], { stdio: "ignore" });
    const [code] = (await once(child, "close")) as [number];
    assert.equal(code, 126);
  });
});

/** Speaks TLS in front of a registry. */
async function secure(
  fake: FakeRegistry,
  { certificate, key }: KeyPair,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { port } = new URL(`http://${fake.host}`);
  const open = new Set<Socket>();
  const server = createServer({ cert: certificate, key }, (socket) => {
    const behind = connect(Number(port), "127.0.0.1");
    for (const one of [socket, behind]) open.add(one.on("error", () => {}).on("close", () => void open.delete(one)));
    socket.pipe(behind).pipe(socket);
  }).on("tlsClientError", () => {});
  return await listening(server, open);
}

/** Stands in front of a registry, and changes its answers, those that it gets whole. */
async function inFrontOf(
  { url }: FakeRegistry,
  change: (request: string, answer: Buffer) => Buffer,
): Promise<AsyncDisposable & { readonly port: number }> {
  const open = new Set<Socket>();
  const server = listen((socket) => {
    open.add(socket.on("error", () => {}).on("close", () => void open.delete(socket)));
    socket.on("data", (request) => {
      const registry = connect(Number(url.port), "127.0.0.1");
      const pieces: Buffer[] = [];
      registry.on("error", () => {}).on("data", (piece) => pieces.push(piece));
      registry.on("close", () => {
        const answer = Buffer.concat(pieces);
        if (isCut(request, answer)) socket.end(answer);
        else socket.write(change(request.toString("latin1"), answer));
      });
      // That ends the connection after the answer, which does not say so.
      registry.end(request);
    });
  });
  return await listening(server, open);
}

/** Stands in front of a registry, refuses long bodies as soon as they begin, and reads nothing more of them. */
async function refusingFor({ url }: FakeRegistry): Promise<AsyncDisposable & { readonly port: number }> {
  const open = new Set<Socket>();
  const server = listen((socket) => {
    const registry = connect(Number(url.port), "127.0.0.1", () => registry.pipe(socket));
    for (const one of [socket, registry]) open.add(one.on("error", () => {}).on("close", () => void open.delete(one)));
    socket.on("data", (request) => {
      const isLong = /^content-length: \d{8}/im.test(request.toString("latin1", 0, 2000));
      if (isLong) socket.pause();
      if (isLong) socket.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 8\r\n\r\ntoo long");
      else registry.write(request);
    });
  });
  return await listening(server, open);
}

/** Listens until it is disposed of, which ends what is open. */
async function listening(server: Server, open: Set<Socket>): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

function isCut(request: Buffer, answer: Buffer): boolean {
  const length = /^content-length: (\d+)/im.exec(answer.toString("latin1", 0, 2000))?.[1] ?? "0";
  const isBare = request.toString("latin1").startsWith("HEAD");
  return !isBare && answer.length - (answer.indexOf("\r\n\r\n") + 4) < Number(length);
}

function faults(): Readonly<Record<string, readonly FaultRule[]>> {
  const get = (path: string, fault: Fault, times = 1): FaultRule => ({ method: "GET", path, fault, times });
  const sent = (method: string, path: string, fault: Fault, times = 1): FaultRule => ({ method, path, fault, times });
  const largest = IMAGE.content[0]?.descriptor.digest.slice("sha256:".length) ?? "";
  return {
    "pull: connections dropped": [get("/blobs/", { kind: "drop" }, 3), get("/manifests/", { kind: "drop" })],
    "pull: a body that breaks off": [get("/blobs/", { kind: "cut", after: 100_000 })],
    "pull: bodies that break off late": [get("/blobs/", { kind: "cut", after: 2_500_000 }, 5)],
    "pull: bodies that come in chunks": [
      get("/blobs/", { kind: "headers", headers: { "content-length": "", "transfer-encoding": "chunked" } }, 5),
    ],
    "pull: a manifest that breaks off": [get("/manifests/", { kind: "cut", after: 20 })],
    "pull: a byte that is wrong, always": [get("/blobs/", { kind: "flip", at: 5 }, 1000)],
    "pull: a body that is longer, always": [get("/blobs/", { kind: "resize", to: 4_000_000 }, 1000)],
    "pull: a wrong manifest": [get("/manifests/", { kind: "flip", at: 30 }, 1000)],
    "pull: too many requests": [get("/blobs/", { kind: "status", status: 429, headers: { "retry-after": "0" } }, 2)],
    "pull: an error of the server": [get("/blobs/", { kind: "status", status: 503 }, 2)],
    "pull: no permission": [get("/blobs/", { kind: "status", status: 403 }, 1000)],
    "pull: a redirect to a file": [get("/blobs/", { kind: "redirect", to: "file:///etc/passwd" }, 1000)],
    "pull: a redirect in a circle": [get("/blobs/", { kind: "redirect", to: "/v2/team/app/blobs/x" }, 1000)],
    "pull: an endless manifest": [get("/manifests/", { kind: "endless" }, 1000)],
    "push: connections dropped": [
      sent("POST", "", { kind: "drop" }),
      sent("PUT", largest, { kind: "cut-request", after: 50_000 }),
      sent("PATCH", "", { kind: "cut-request", after: 50_000 }, 2),
    ],
    "push: bodies that break off late": [
      sent("PUT", largest, { kind: "cut-request", after: 1_500_000 }),
      sent("PATCH", "", { kind: "cut-request", after: 1_000_000 }),
    ],
    "push: an answer that is lost": [sent("PUT", "", { kind: "mute" })],
    "push: the longest answer that is lost": [sent("PUT", largest, { kind: "mute" })],
    "push: an error of the server": [sent("PUT", largest, { kind: "status", status: 502 }, 2)],
    "push: an upload that is forgotten": [
      sent("PUT", largest, { kind: "cut-request", after: 1_500_000 }),
      sent("GET", "/uploads/", { kind: "status", status: 404 }),
    ],
    "push: no permission": [sent("POST", "", { kind: "status", status: 401 }, 1000)],
  };
}

/** Without what is another each time: names, and which of the contents that go at once fails first. */
function plain(notes: string, fake: FakeRegistry): string {
  return notes
    .replaceAll(fake.host, "HOST")
    .replaceAll(/sha256:[0-9a-f]+/g, "DIGEST")
    .replaceAll(/"DIGEST" \([^)]*\)/g, "CONTENT")
    .replaceAll(/expected [0-9]+/g, "expected SIZE")
    .replaceAll(/\/tmp\/[^/" ]+/g, "/tmp/DIR")
    .replaceAll(/uploads\/[\w-]+/g, "uploads/ID");
}
