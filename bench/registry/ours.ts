/**
 * Our registry to measure: with users, rules, log and metrics, started as it is published.
 * @module
 */
import { spawn } from "node:child_process";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { projectRoot } from "../../tools/project.ts";
import { writePack } from "../../tools/start/pack.ts";
import { REPOSITORY, type RunningRegistry, answering, ask, endWithUs } from "./contenders.ts";
import type { Keys } from "./tls-keys.ts";

const PACK = join(projectRoot, ".setup/bench/pack");
const packed = Promise.withResolvers<void>();
let packing = false;

/** Starts ours with its data below `folder`. */
export async function startOurs(folder: string, port: number, keys?: Keys): Promise<RunningRegistry> {
  await packOnce();
  mkdirSync(folder);
  writeFileSync(join(folder, "users"), `me:${await hashPassword("secret")}\n`);
  writeFileSync(join(folder, "registry.yaml"), configuration(port, keys));
  const log = openSync(join(folder, "log"), "w");
  const words = [join(PACK, "teu.cjs"), "registry", "serve", "--config", join(folder, "registry.yaml")];
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", log], env });
  endWithUs(child);
  const url = `${keys === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const registry = { name: "teu registry serve", version: `Node ${process.version}`, url, pid: child.pid ?? 0, keys };
  await answering(registry);
  return { ...registry, authorization: await readToken(registry) };
}

/** Everybody has to show a token, which lasts longer than the benchmark. */
function configuration(port: number, keys: Keys | undefined): string {
  const lines = [
    `port: ${port}`,
    "root: data",
    "users: users",
    "tokenTime: 1d",
    `rules: [{ repositories: ["**"], who: [me], allow: [pull, push] }]`,
  ];
  if (keys !== undefined) lines.push(`tls: { key: ${keys.key}, cert: ${keys.cert} }`);
  return `${lines.join("\n")}\n`;
}

async function packOnce(): Promise<void> {
  if (packing) return packed.promise;
  packing = true;
  await writePack(true, PACK);
  packed.resolve();
}

async function readToken(registry: RunningRegistry): Promise<string> {
  const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  const path = `/token?service=teu-registry&scope=repository:${REPOSITORY}:pull,push`;
  const { text } = await ask({ ...registry, authorization: basic }, "GET", path);
  return `Bearer ${(JSON.parse(text) as { token: string }).token}`;
}
