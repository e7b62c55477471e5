/**
 * The program that sends requests, which is built from `load.c` beside this file.
 * @module
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../tools/project.ts";
import { REPOSITORY, type RunningRegistry } from "./contenders.ts";

const source = join(import.meta.dirname, "load.c");
const program = join(projectRoot, ".setup/bench/load");

/** Compiles the program if it is not there or older than its source. It needs the headers of OpenSSL. */
export function buildLoad(): void {
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return;
  mkdirSync(join(projectRoot, ".setup/bench"), { recursive: true });
  const options = ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source];
  execFileSync("cc", [...options, "-lssl", "-lcrypto", "-lpthread"], { stdio: ["ignore", "inherit", "inherit"] });
}

/** What to send. */
export interface Load {
  readonly work: "GET" | "HEAD" | "PUSH";
  /** Below the repository. */
  readonly path: string;
  readonly count: number;
  readonly connections: number;
  /** Size of what is pushed. */
  readonly bytes?: number;
}

const ACCEPT = "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

/** The command that sends it to a registry. */
export function loadCommand(
  { url, keys, authorization }: RunningRegistry,
  { work, path, count, connections, bytes }: Load,
): readonly [string, ...string[]] {
  const { hostname, port } = new URL(url);
  const words = [
    hostname,
    port,
    `/v2/${REPOSITORY}/${path}`,
    count,
    connections,
    work,
    ...(bytes === undefined ? [] : [bytes]),
  ];
  const headers = [ACCEPT, ...(authorization === undefined ? [] : [`Authorization: ${authorization}`])];
  return [program, ...words.map(String), keys === undefined ? "plain" : "tls", ...headers];
}
