/**
 * Every client that people have pulls from the registry, pushes to it and lists, with and without users, with and without
 * TLS; and artifacts that are no images come and go with those that make them.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { openLayout } from "@teu/content/layout-store";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { containerdSocket, startContainerd } from "../engines/containerd-daemon.ts";
import type { Daemon } from "../engines/daemon.ts";
import { whySkip } from "../engines/engine.ts";
import { startDockerd } from "../registry-client/dockerd.ts";
import { peerPath, run } from "../registry-client/programs.ts";
import { CLIENTS, type Client, type Reach, containerdClient, dockerClient } from "./client-programs.ts";
import { writeSample } from "./sample-image.ts";
import { startServer } from "./server.ts";

const MODES = [
  { name: "without users and TLS", users: false, tls: false },
  { name: "with users", users: true, tls: false },
  { name: "with TLS", users: false, tls: true },
  { name: "with users and TLS", users: true, tls: true },
] as const;
const needsTools = anyOf(needsProgram("openssl"), needsProgram("skopeo"));

for (const mode of MODES) {
  suite(`a registry ${mode.name}`, { skip: needsTools }, () => {
    const shared = shareRegistry(mode);
    for (const client of CLIENTS) {
      const absent = client.programs.find((name) => peerPath(name) === undefined);
      const alone = client.name === "podman" || client.name === "buildah" ? needsRoot() : false;
      const skip = absent === undefined ? alone : `needs ${absent}`;
      test(`serves ${client.name}`, { skip }, async () => await exchange(client, shared.reach()));
    }

    test("serves charts and other artifacts, as oras pushes them", { skip: needsOras() }, async () => {
      await using dir = await tempDir();
      await exchangeArtifact(shared.reach(), dir);
    });
  });
}

/** One registry for the tests of a suite. */
function shareRegistry(mode: Mode): { readonly reach: () => Reach } {
  const rest = new AsyncDisposableStack();
  let reach: Reach | undefined;
  before(async () => {
    ({ reach } = rest.use(await startRegistry(rest.use(await tempDir()), mode)));
  });
  after(() => rest.disposeAsync());
  return {
    reach: () => {
      if (reach === undefined) throw new Error("the registry did not start");
      return reach;
    },
  };
}

const skipEngines = anyOf(whySkip("dockerd", "docker", "containerd", "ctr"), needsTools);

suite("engines", { skip: skipEngines }, () => {
  let folder = "";
  let daemons: Daemon[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "teu-clients-"));
    await writeFile(join(folder, "daemon.json"), "{}");
    daemons = [await startContainerd(folder), await startDockerd(folder)];
  });
  after(async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });
  for (const mode of MODES) {
    suite(`a registry ${mode.name}`, () => {
      const shared = shareRegistry(mode);
      test("serves containerd", async () => {
        await exchange(containerdClient(containerdSocket(folder)), shared.reach());
      });
      test("serves docker", async () => await exchange(dockerClient(`${folder}/docker.sock`), shared.reach()));
    });
  }
});

function needsOras(): string | false {
  return peerPath("oras") === undefined ? "needs oras" : false;
}

interface Mode {
  readonly users: boolean;
  readonly tls: boolean;
}

/** What the client pulls and pushes again is the same image, and a client without a password gets nothing. */
async function exchange(client: Client, shared: Reach): Promise<void> {
  await using dir = await tempDir();
  const reach = { ...shared, home: dir.path };
  const copies = `copies/${client.name}`;
  await client.copy(reach, "team/sample:v1", `${copies}:v1`);
  if (client.list !== undefined) assert.deepEqual(await client.list(reach, copies), ["v1"]);
  assert.equal(await configOf(reach, copies), await configOf(reach, "team/sample"));
  if (reach.user === undefined) return;
  await using other = await tempDir();
  const stranger = { ...reach, password: "wrong", home: other.path };
  const refused = /unauthorized|denied|401|authentication|authorization/i;
  await assert.rejects(client.copy(stranger, "team/sample:v1", `${copies}:v2`), refused);
}

interface Started extends AsyncDisposable {
  readonly reach: Reach;
}

/** A registry that has the image `team/sample:v1`. */
async function startRegistry(dir: TempDir, { users, tls }: Mode): Promise<Started> {
  await using cleanup = new AsyncDisposableStack();
  const lines: string[] = ["requestsPerSecond: 0"];
  if (users) {
    await dir.write("users", `me:${await hashPassword("secret")}\n`);
    lines.push("users: users", `rules: [{ repositories: ["**"], who: [me], allow: [pull, push, delete] }]`);
  }
  if (tls) {
    await makeCertificate(dir);
    lines.push("tls: { key: certs/key.pem, cert: certs/ca.crt }");
  }
  const config = await dir.write("registry.yaml", `${lines.join("\n")}\n`);
  const server = cleanup.use(await startServer(["--root", dir.join("data"), "--config", config, "--quiet"]));
  await mkdir(dir.join("home"), { recursive: true });
  const reach: Reach = {
    host: server.host,
    home: dir.join("home"),
    ...(users ? { user: "me", password: "secret" } : {}),
    ...(tls ? { certificates: dir.join("certs") } : {}),
  };
  await seed(dir, reach);
  const rest = cleanup.move();
  return { reach, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

async function makeCertificate(dir: TempDir): Promise<void> {
  await mkdir(dir.join("certs"));
  const files = ["-keyout", dir.join("certs/key.pem"), "-out", dir.join("certs/ca.crt"), "-days", "2"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const name = ["-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1"];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, ...files, ...name]);
}

/** An image of one platform and one layer. */
async function seed(dir: TempDir, { host, user, password, certificates }: Reach): Promise<void> {
  const layout = dir.join("layout");
  await writeSample(join(dirname(import.meta.dirname), "registry-server"), await openLayout(layout, { create: true }));
  const access = [
    certificates === undefined ? "--dest-tls-verify=false" : `--dest-cert-dir=${certificates}`,
    ...(user === undefined ? [] : [`--dest-creds=${user}:${password}`]),
  ];
  const platform = ["--override-os", "linux", "--override-arch", "amd64"];
  const target = `docker://${host}/team/sample:v1`;
  await promisify(execFile)("skopeo", [
    "--insecure-policy",
    ...platform,
    "copy",
    "-q",
    ...access,
    `oci:${layout}:sample`,
    target,
  ]);
}

/** The digest of the configuration of `v1`, which stays the same however its layers are compressed. */
async function configOf(reach: Reach, repo: string): Promise<string> {
  let manifest = JSON.parse(await get(reach, `/v2/${repo}/manifests/v1`)) as {
    config?: { digest: string };
    manifests?: { digest: string }[];
  };
  const [only] = manifest.manifests ?? [];
  if (only !== undefined)
    manifest = JSON.parse(await get(reach, `/v2/${repo}/manifests/${only.digest}`)) as typeof manifest;
  return manifest.config?.digest ?? "none";
}

async function get({ host, user, password, certificates }: Reach, path: string): Promise<string> {
  const auth = Buffer.from(`${user}:${password}`).toString("base64");
  const headers = user === undefined ? {} : { authorization: `Basic ${auth}` };
  if (certificates === undefined) return await (await fetch(`http://${host}${path}`, { headers })).text();
  const ca = await readFile(join(certificates, "ca.crt"));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request(`https://${host}${path}`, { headers, ca, agent: false }, (answer) => {
    answer.setEncoding("utf8");
    let text = "";
    answer.on("data", (chunk: string) => void (text += chunk));
    answer.once("end", () => resolve(text));
  });
  sent.once("error", reject).end();
  return promise;
}

/** A chart as Helm pushes it: a configuration and one layer of types of its own; and a signature that refers to it. */
async function exchangeArtifact({ host, user, password, certificates, home }: Reach, dir: TempDir): Promise<void> {
  await dir.write("chart/Chart.json", '{"name":"app","version":"1.0.0"}');
  await dir.write("chart/app-1.0.0.tgz", "not really an archive");
  await dir.write("back/none", "");
  const access = [
    certificates === undefined ? "--plain-http" : `--ca-file=${join(certificates, "ca.crt")}`,
    ...(user === undefined ? [] : ["-u", user, "-p", password ?? ""]),
  ];
  const oras = async (...args: readonly string[]): Promise<string> => {
    const { code, out, notes } = await run(
      "sh",
      ["-c", 'cd "$1"; shift; exec "$@"', "sh", dir.join("chart"), peerPath("oras") ?? "", ...args],
      {
        env: { HOME: home },
      },
    );
    assert.equal(code, 0, notes);
    return out;
  };
  const chart = `${host}/charts/app:1.0.0`;
  const config = "Chart.json:application/vnd.cncf.helm.config.v1+json";
  const layer = "app-1.0.0.tgz:application/vnd.cncf.helm.chart.content.v1.tar+gzip";
  await oras("push", ...access, "--config", config, chart, layer);
  await oras(
    "attach",
    ...access,
    "--artifact-type",
    "application/vnd.example.signature",
    chart,
    "Chart.json:text/plain",
  );
  await oras("pull", ...access, "-o", dir.join("back"), chart);
  assert.equal(await readFile(dir.join("back/app-1.0.0.tgz"), "utf8"), "not really an archive");
  assert.match(await oras("discover", ...access, chart), /application\/vnd\.example\.signature/);
  assert.match(await oras("repo", "ls", ...access, host), /charts\/app/);
}
