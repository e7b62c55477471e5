/**
 * An archive of Debian packages for tests: packages made on the spot, signed with a key of its own, served on loopback.
 * @module
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import type { AptSource } from "../apt/sources.ts";

/** What a package is to be. */
export interface FakePackage {
  readonly name: string;
  readonly version?: string;
  readonly architecture?: string;
  /** Further fields of its control file, such as `Depends: b`. */
  readonly fields?: readonly string[];
  /** Text files by their paths, such as `usr/bin/a`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Entries beside these. */
  readonly members?: readonly NewMemberSync[];
  /** Scripts by their names. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Default: gz. */
  readonly compression?: "" | ".gz" | ".zst" | ".xz";
}

/** Time of all files of fake packages: in seconds since 1970. */
export const FAKE_TIME = 1_700_000_000;

/** Makes a `.deb` file. */
export function fakeDeb({ compression = ".gz", ...pkg }: FakePackage): Uint8Array {
  const data = tar([...directoriesOf(pkg.files ?? {}), ...textMembers(pkg.files ?? {}), ...(pkg.members ?? [])]);
  const control = tar(textMembers({ control: controlOf(pkg), ...pkg.scripts }, 0o755));
  return fakeAr([
    ["debian-binary", Buffer.from("2.0\n")],
    [`control.tar${compression}`, compressed(control, compression)],
    [`data.tar${compression}`, compressed(data, compression)],
  ]);
}

/** Makes an `ar` archive. */
export function fakeAr(members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts = members.flatMap(([name, bytes]) => {
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`;
    return [Buffer.from(header), bytes, Buffer.from(bytes.length % 2 === 1 ? "\n" : "")];
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}

function controlOf({ name, version = "1", architecture = "amd64", fields = [] }: FakePackage): string {
  const own = [`Package: ${name}`, `Version: ${version}`, `Architecture: ${architecture}`, "Maintainer: nobody"];
  return `${[...own, ...fields, "Description: a fake"].join("\n")}\n`;
}

function tar(members: readonly NewMemberSync[]): Uint8Array {
  return Buffer.concat([...writeTarSync(members)]);
}

const MTIME = { seconds: FAKE_TIME, nanoseconds: 0 };

function textMembers(files: Readonly<Record<string, string>>, mode = 0o644): NewMemberSync[] {
  return Object.entries(files).map(([path, text]) => {
    const content = Buffer.from(text);
    const isProgram = path.includes("bin/");
    return {
      entry: { name: `./${path}`, size: content.length, mode: isProgram ? 0o755 : mode, mtime: MTIME },
      content,
    };
  });
}

function directoriesOf(files: Readonly<Record<string, string>>): NewMemberSync[] {
  const names = new Set<string>();
  for (const path of Object.keys(files)) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) names.add(path.slice(0, end));
  }
  return [...names].sort().map((name) => ({ entry: { name: `./${name}/`, type: "directory", mtime: MTIME } }));
}

function compressed(bytes: Uint8Array, compression: string): Uint8Array {
  if (compression === ".gz") return gzipSync(bytes);
  if (compression === ".zst") return zstdCompressSync(bytes);
  return compression === ".xz" ? execFileSync("xz", ["-c"], { input: bytes, maxBuffer: 2 ** 28 }) : bytes;
}

/** Key pairs in a folder of their own. */
export class FakeKeys implements AsyncDisposable {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  /** Makes a folder without keys. */
  static async make(): Promise<FakeKeys> {
    return new FakeKeys(await newFolder());
  }

  /** Makes a key pair and gives the file of its public key. */
  add(name: string): string {
    const id = `${name}@test.invalid`;
    this.#gpg(["--quick-generate-key", id, "ed25519", "sign", "never"]);
    const file = join(this.#home, `${name}.gpg`);
    this.#gpg(["--output", file, "--export", id]);
    return file;
  }

  /** The public key as text. */
  armoured(name: string): string {
    return this.#gpg(["--armor", "--export", `${name}@test.invalid`]).toString();
  }

  /** Signs a text with one key or several. */
  sign(text: string, how: "clear" | "detached", ...names: readonly string[]): Buffer {
    const users = names.flatMap((name) => ["--local-user", `${name}@test.invalid`]);
    return this.#gpg([...users, ...(how === "clear" ? ["--clearsign"] : ["--armor", "--detach-sign"])], text);
  }

  #gpg(args: readonly string[], input = ""): Buffer {
    const options = [
      "--homedir",
      this.#home,
      "--batch",
      "--yes",
      "--quiet",
      "--pinentry-mode",
      "loopback",
      "--passphrase",
      "",
    ];
    return execFileSync("gpg", [...options, ...args], { input, stdio: ["pipe", "pipe", "ignore"] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync("gpgconf", ["--homedir", this.#home, "--kill", "gpg-agent"], { stdio: "ignore" });
    await rm(this.#home, { recursive: true, force: true });
  }
}

/** What an archive is to say. */
export interface FakeRelease {
  readonly packages: readonly FakePackage[];
  /** Default: now. */
  readonly date?: Date;
  readonly validUntil?: Date;
  /** Further fields of its Release file. */
  readonly fields?: readonly string[];
  /** Default: `clear`. */
  readonly signature?: "clear" | "detached" | "none";
  /** Names of the keys that sign. Default: `good`. */
  readonly signers?: readonly string[];
  /** Changes files after they were signed. */
  readonly tamper?: (files: Map<string, Uint8Array>) => void;
}

/** An archive that is served until it is disposed of. */
export class FakeArchive implements AsyncDisposable {
  readonly #folder: string;
  readonly #server: Server;
  /** Paths that were asked for, with `+N` behind those that were asked for from byte N on. */
  readonly requests: string[] = [];
  /** Answers of these paths break off in the middle once. */
  readonly breaks: Set<string> = new Set();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    this.requests.push(start === 0 ? path : `${path}+${start}`);
    let content: Uint8Array;
    try {
      content = await readFile(join(this.#folder, path));
    } catch {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(start === 0 ? 200 : 206, { "content-length": content.length - start });
    if (this.breaks.delete(path)) response.write(content.subarray(start, content.length / 2), () => response.destroy());
    else response.end(content.subarray(start));
  }

  /** Serves an empty archive. */
  static async serve(): Promise<FakeArchive> {
    const archive = new FakeArchive(await newFolder());
    await new Promise<void>((resolve) => archive.#server.listen(0, "127.0.0.1", resolve));
    return archive;
  }

  /** The archive as apt knows it. */
  source(signedBy: readonly string[]): AptSource {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const trust = { signedBy, isTrusted: false, checkValidUntil: undefined, checkDate: undefined };
    return { uri: `http://127.0.0.1:${port}/`, suite: "stable", components: ["main"], architectures: undefined, trust };
  }

  /** Puts packages and indexes there in place of what was there. */
  async publish(release: FakeRelease, keys: FakeKeys): Promise<void> {
    const files = new Map<string, Uint8Array>();
    const stanzas: string[] = [];
    for (const pkg of release.packages) {
      const deb = fakeDeb(pkg);
      const path = `pool/${pkg.name}_${pkg.version ?? "1"}_${pkg.architecture ?? "amd64"}.deb`;
      files.set(path, deb);
      stanzas.push(`${controlOf(pkg)}Filename: ${path}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n`);
    }
    const index = gzipSync(stanzas.join("\n"));
    const name = "main/binary-amd64/Packages.gz";
    files.set(`dists/stable/${name}`, index);
    const text = releaseText(release, ` ${sha256(index)} ${index.length} ${name}`);
    sign(files, text, release, keys);
    release.tamper?.(files);
    for (const [path, content] of files) {
      await mkdir(join(this.#folder, path, ".."), { recursive: true });
      await writeFile(join(this.#folder, path), content);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function releaseText({ date = new Date(), validUntil, fields = [] }: FakeRelease, file: string): string {
  const until = validUntil === undefined ? [] : [`Valid-Until: ${validUntil.toUTCString()}`];
  const head = ["Origin: Fake", "Suite: stable", "Codename: fakeworm", "Version: 12.1", `Date: ${date.toUTCString()}`];
  return `${[...head, ...until, "Architectures: amd64", "Components: main", ...fields, "SHA256:", file].join("\n")}\n`;
}

function sign(files: Map<string, Uint8Array>, text: string, release: FakeRelease, keys: FakeKeys): void {
  const { signature = "clear", signers = ["good"] } = release;
  if (signature === "clear") {
    files.set("dists/stable/InRelease", keys.sign(text, "clear", ...signers));
    return;
  }
  files.set("dists/stable/Release", Buffer.from(text));
  if (signature === "detached") files.set("dists/stable/Release.gpg", keys.sign(text, "detached", ...signers));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function newFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), "teu-fake-archive-"));
}
