/**
 * Registries to measure: ours with users, rules, log and metrics, and Docker's registry with none of these.
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { projectRoot } from "../../tools/project.ts";

/** A registry that runs until this process ends. */
export interface RunningRegistry {
  readonly name: string;
  readonly version: string;
  readonly url: string;
}

/** Starts ours with its data below `folder`. */
export async function startOurs(folder: string, port: number): Promise<RunningRegistry> {
  mkdirSync(folder);
  writeFileSync(join(folder, "users"), `me:${await hashPassword("secret")}\n`);
  const rules = `rules: [{ repositories: ["**"], who: [anyone], allow: [pull, push] }]`;
  writeFileSync(join(folder, "registry.yaml"), `users: users\nport: ${port}\nroot: data\n${rules}\n`);
  const main = join(projectRoot, "packages/cli/src/main.ts");
  const words = ["--conditions=@teu/source", main, "registry", "serve", "--config", join(folder, "registry.yaml")];
  const log = openSync(join(folder, "log"), "w");
  const env = { ...process.env, UV_THREADPOOL_SIZE: "8" };
  endWithUs(spawn(process.execPath, words, { stdio: ["ignore", "ignore", log], env }));
  const url = `http://127.0.0.1:${port}`;
  await answering(url);
  return { name: "teu registry serve", version: `Node ${process.version}`, url };
}

/** Starts Docker's registry with its data below `folder`. */
export async function startDocker(folder: string, port: number): Promise<RunningRegistry> {
  mkdirSync(folder);
  const config = join(folder, "config.yml");
  writeFileSync(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, "data") }, cache: { blobdescriptor: "inmemory" } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  endWithUs(spawn("docker-registry", ["serve", config], { stdio: "ignore" }));
  const url = `http://127.0.0.1:${port}`;
  await answering(url);
  const version = execFileSync("docker-registry", ["--version"], { encoding: "utf8" }).trim();
  return { name: "docker-registry", version, url };
}

function endWithUs(child: ChildProcess): void {
  child.unref();
  process.once("exit", () => child.kill());
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const status = await fetch(`${url}/v2/`).then(
      (response) => response.status,
      () => 0,
    );
    if (status !== 0) return;
    await sleep(100);
  }
  throw new Error(`${url}: no answer`);
}

/** The digests of what {@link fill} pushes. */
export interface Filled {
  readonly manifest: string;
  readonly blobs: Readonly<Record<"10 KB" | "1 MB" | "100 MB", string>>;
}

const REPO = "v2/bench";

/** Pushes three blobs and a manifest tagged `latest`, the same to every registry. */
export async function fill({ url }: RunningRegistry): Promise<Filled> {
  const blobs = {
    "10 KB": await pushBlob(url, 10_000),
    "1 MB": await pushBlob(url, 1_000_000),
    "100 MB": await pushBlob(url, 100_000_000),
  };
  const type = "application/vnd.oci.image.manifest.v1+json";
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: blobs["10 KB"], size: 10_000 },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: blobs["1 MB"], size: 1_000_000 }],
  });
  const headers = { "content-type": type };
  await expectCreated(await fetch(`${url}/${REPO}/manifests/latest`, { method: "PUT", body, headers }));
  return { manifest: digestOf(Buffer.from(body)), blobs };
}

async function pushBlob(url: string, size: number): Promise<string> {
  const body = Buffer.alloc(size, createHash("sha512").update(String(size)).digest());
  const begin = await fetch(`${url}/${REPO}/blobs/uploads/`, { method: "POST" });
  const location = new URL(begin.headers.get("location") ?? "", url);
  location.searchParams.set("digest", digestOf(body));
  await expectCreated(await fetch(location, { method: "PUT", body }));
  return digestOf(body);
}

async function expectCreated(response: Response): Promise<void> {
  if (response.status !== 201) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
