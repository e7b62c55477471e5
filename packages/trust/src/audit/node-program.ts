/**
 * Node.js as a program: no database of packages lists it where it was put in place as a file.
 * @module
 */
import type { ReadPackage } from "./package-files.ts";

/** Where the headers of its release are: every build has that address in it. */
const RELEASE = Buffer.from("/node-v", "latin1");
const VERSION = /^\/node-v(\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[\w.]{1,40})?)-headers\.tar\.gz/;

/** Reads the version of a program that is Node.js; nothing for other programs. */
export function readNodeProgram(program: Uint8Array): readonly ReadPackage[] {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  for (let at = bytes.indexOf(RELEASE); at >= 0; at = bytes.indexOf(RELEASE, at + 1)) {
    const version = VERSION.exec(bytes.toString("latin1", at, at + 100))?.[1];
    if (version !== undefined) return [{ kind: "generic", name: "node", version }];
  }
  return [];
}
