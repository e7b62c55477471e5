/**
 * The whole way of an application: from its source to a container that answers, with nothing but teu.
 * @module
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Host } from "../host.ts";
import { Guide } from "./guide.ts";
import { startLocalRegistry } from "./local-registry.ts";

/** Shows the journey of the application in `folder`. */
export async function journey(folder: string, host: Host): Promise<ExitCode> {
  const start = performance.now();
  const guide = new Guide(host);
  const work = await mkdtemp(join(tmpdir(), "teu-quickstart-"));
  try {
    host.note(`From the source code in ${folder} to a container that answers. Every step is a command of its own:`);
    await using registry = await startLocalRegistry(join(work, "registry"));
    const image = await makeImage(guide, folder);
    const place = { address: registry.address, reference: `${registry.address}/quickstart/${image.name}:v1` };
    await publish(guide, { image, place, work });
    const answer = await runImage(guide, host, { ...place, digest: image.digest });
    summarise(guide, host, { image, answer, seconds: (performance.now() - start) / 1000 });
    return EXIT.ok;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Image {
  readonly name: string;
  readonly digest: string;
}

async function makeImage(guide: Guide, folder: string): Promise<Image> {
  const name = basename(folder);
  const built = await guide.step({
    about:
      "Build an image: layers straight from a base of Debian packages, Node, dependencies and source; nothing is run",
    words: ["build", folder, "-t", `quickstart/${name}:v1`],
  });
  await guide.step({
    about: "Hold it against every clause of the image specification",
    words: ["image", "validate", `store:quickstart/${name}:v1`],
  });
  return { name, digest: built.out.trim() };
}

interface Place {
  /** Of the registry, such as `127.0.0.1:40123`. */
  readonly address: string;
  readonly reference: string;
}

interface Publication {
  readonly image: Image;
  readonly place: Place;
  /** A folder for the key. */
  readonly work: string;
}

async function publish(guide: Guide, { image, place, work }: Publication): Promise<void> {
  const key = join(work, "quickstart");
  const env = { TEU_KEY_PASSWORD: randomBytes(16).toString("hex") };
  const insecure = ["--insecure", place.address];
  await guide.step({
    about: `Push it to a registry, which is teu registry serve at ${place.address}`,
    words: ["push", `quickstart/${image.name}:v1`, place.reference, ...insecure],
  });
  await guide.step({ about: "Make a key to sign with", words: ["key", "generate", key], env });
  await guide.step({
    about: "Sign it, in the forms that cosign 1 to 3, podman and policy controllers read",
    words: ["sign", "--key", `${key}.key`, place.reference, ...insecure],
    env,
  });
  await guide.step({
    about: "Verify it, offline but for the registry: who signed, what, and what was not checked",
    words: ["verify", "--key", `${key}.pub`, place.reference, ...insecure],
  });
}

interface Running extends Place {
  readonly digest: string;
}

async function runImage(guide: Guide, host: Host, place: Running): Promise<string> {
  const pinned = `${place.reference.replace(/:v1$/, "")}@${place.digest}`;
  await guide.step({
    about: "Pull it by the digest that was verified",
    words: ["pull", pinned, "--insecure", place.address],
  });
  const port = await freePort();
  const started = await guide.step({
    about: "Run it: no daemon, a small monitor keeps the container and its log",
    words: ["run", "-d", "--network", "host", "-e", `PORT=${port}`, pinned],
  });
  const container = started.out.trim().slice(0, 12);
  try {
    const answer = await ask(`http://127.0.0.1:${port}/`, host.signal);
    await guide.step({ about: "What runs", words: ["ps"] });
    await guide.step({ about: "What it says", words: ["logs", container] });
    return answer;
  } finally {
    await guide.step({ about: "Stop and remove it", words: ["rm", "-f", container] });
    await guide.step({
      about: "Forget the name that led to the registry of this run",
      words: ["rmi", pinned],
      shown: false,
    });
  }
}

const READY_MS = 20_000;

/** Asks the application until it is ready. The example turns YAML into JSON; others are asked for their first page. */
async function ask(url: string, signal: AbortSignal): Promise<string> {
  const request = {
    method: "POST",
    headers: { "content-type": "application/yaml" },
    body: "hello: [from, a, container]\n",
  };
  for (const start = performance.now(); ;) {
    try {
      const response = await fetch(url, { ...request, signal });
      const answer = response.ok ? response : await fetch(url, { signal });
      return `${answer.status} ${(await answer.text()).slice(0, 200).trim()}`;
    } catch (cause) {
      signal.throwIfAborted();
      if (performance.now() - start > READY_MS) throw silent(url, cause);
      await sleep(50);
    }
  }
}

function silent(url: string, cause: unknown): TeuError<CliErrorCode> {
  return new TeuError(
    "ERR_QUICKSTART",
    `Asking ${url}: no answer within ${READY_MS} ms, expected one of the container`,
    {
      cause,
      hint: "The application has to listen on the port that PORT names; teu logs shows what it says",
    },
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("A server on a port has no port");
  return address.port;
}

interface Ending {
  readonly image: Image;
  readonly answer: string;
  readonly seconds: number;
}

function summarise(guide: Guide, host: Host, { image, answer, seconds }: Ending): void {
  host.note("");
  const slowest = [...guide.done].sort((a, b) => b.seconds - a.seconds).slice(0, 3);
  host.out(`image      ${image.name} ${image.digest}\n`);
  host.out("verified   every document and layer against digest, size and specification; the signature, by key\n");
  host.out(`container  answered ${answer}\n`);
  host.out(
    `time       ${seconds.toFixed(1)} s, of which ${slowest.map((each) => `${firstWords(each.about)} ${each.seconds.toFixed(1)} s`).join(", ")}\n`,
  );
}

function firstWords(about: string): string {
  return (about.split(/[:,]/, 1)[0] ?? "").toLowerCase();
}

/** The folder of the example that comes with the project; nothing where teu is installed without it. */
export function exampleFolder(): string | undefined {
  const folder = join(import.meta.dirname, "..", "..", "..", "..", "examples", "convert-service");
  return existsSync(folder) ? folder : undefined;
}

/** Whether a folder is an image layout. */
export async function isLayout(folder: string): Promise<boolean> {
  return await readFile(join(folder, "oci-layout")).then(
    () => true,
    () => false,
  );
}
