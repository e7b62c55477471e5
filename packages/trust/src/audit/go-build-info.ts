/**
 * The list of modules that Go puts into its programs.
 * @see {@link https://pkg.go.dev/debug/buildinfo@go1.24.0}
 * @module
 */
import type { ReadPackage } from "./package-files.ts";

const MAGIC = Buffer.from("\u00ff Go buildinf:", "latin1");
const HEADER_BYTES = 32;
const SENTINEL_BYTES = 16;

/** Reads the modules of a program that Go 1.18 or a later one made; nothing for other programs. */
export function readGoBuildInfo(program: Uint8Array): readonly ReadPackage[] {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== 0x7f454c46) return [];
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    // It is aligned, and says with this bit that what follows stands inline.
    if (at % 16 !== 0 || ((bytes[at + 15] ?? 0) & 2) === 0) continue;
    const version = readString(bytes, at + HEADER_BYTES);
    const modules = version === undefined ? undefined : readString(bytes, version.end);
    if (version !== undefined && modules !== undefined) return packagesOf(version.text, modules.text);
  }
  return [];
}

interface Text {
  readonly text: string;
  readonly end: number;
}

function readString(bytes: Buffer, start: number): Text | undefined {
  let [length, shift, at] = [0, 0, start];
  for (; at < bytes.length && shift < 28; at += 1, shift += 7) {
    const byte = bytes[at] ?? 0;
    length |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) {
      const end = at + 1 + length;
      return end > bytes.length ? undefined : { text: bytes.toString("latin1", at + 1, end), end };
    }
  }
  return undefined;
}

function packagesOf(version: string, modules: string): readonly ReadPackage[] {
  const found: ReadPackage[] = [];
  const toolchain = /^go(\d+(?:\.\d+)*(?:[a-z]+\d+)?)/.exec(version)?.[1];
  if (toolchain !== undefined) found.push({ kind: "golang", name: "stdlib", version: toolchain });
  for (const line of modules.slice(SENTINEL_BYTES, -SENTINEL_BYTES).split("\n")) {
    const [word, name = "", moduleVersion = ""] = line.split("\t");
    // What a line replaces is not in the program.
    if (word === "=>") found.pop();
    if ((word !== "dep" && word !== "mod" && word !== "=>") || name === "") continue;
    found.push({ kind: "golang", name, version: moduleVersion || "(devel)" });
  }
  return found;
}
