/**
 * Opens a Debian package in memory: what it says of itself, its scripts, and the plain tar archive of its files.
 * @see {@link https://manpages.debian.org/bookworm/dpkg-dev/deb.5.en.html}
 * @module
 */
import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { readTar } from "@teu/tar/read-tar";
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import { decompressXz } from "../xz/xz.ts";
import { type ArMember, readAr } from "./ar.ts";
import { type Stanza, parseStanzas } from "./stanza.ts";

/** A package that is open. */
export interface DebFile {
  /** Name of the file, for messages. */
  readonly label: string;
  readonly control: Stanza;
  /** The files beside the control file, such as `postinst` and `md5sums`, by name; with `control` itself. */
  readonly controlFiles: ReadonlyMap<string, Uint8Array>;
  /** The tar archive of its files. */
  readonly data: Uint8Array;
  /** Time of its newest control file, in seconds since 1970: when it was packed, or rather the time that it was to say. */
  readonly newestSeconds: number;
}

/** Most plain bytes of the files of one package. */
export const MAX_DATA_BYTES: number = 2 * 2 ** 30 - 1;
const MAX_CONTROL_BYTES = 64 * 2 ** 20;

const gunzipAsync = promisify(gunzip);
const zstdAsync = promisify(zstdDecompress);

/**
 * Opens a package.
 * @param label For messages.
 * @throws TeuError `ERR_DEB_INVALID`
 */
export async function openDeb(bytes: Uint8Array, label: string): Promise<DebFile> {
  const { members, problem } = readAr(bytes);
  if (problem !== undefined) throw debInvalid(label, problem);
  const [version, ...rest] = members;
  if (version?.name !== "debian-binary" || !/^2\.[0-9]+\n/.test(textOf(version.bytes.subarray(0, 16)))) {
    throw debInvalid(label, "it does not begin with debian-binary of version 2");
  }
  const controlTar = await plainMember(label, rest, "control.tar", MAX_CONTROL_BYTES);
  const { files: controlFiles, newestSeconds } = await readControlFiles(label, controlTar);
  const [control] = parseStanzas(textOf(controlFiles.get("control") ?? new Uint8Array()));
  if (control?.has("package") !== true) throw debInvalid(label, "it has no control file that names a package");
  const data = await plainMember(label, rest, "data.tar", MAX_DATA_BYTES);
  return { label, control, controlFiles, data, newestSeconds };
}

/** An error that tells what is wrong with a package. */
export function debInvalid(label: string, problem: string, cause?: unknown): TeuError<BaseErrorCode> {
  return new TeuError("ERR_DEB_INVALID", `Reading Debian package "${label}": ${problem}`, { cause });
}

async function plainMember(
  label: string,
  members: readonly ArMember[],
  stem: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const member = members.find(({ name }) => name === stem || name.startsWith(`${stem}.`));
  if (member === undefined) throw debInvalid(label, `it has no ${stem}`);
  try {
    return await plain(member, maxBytes, label);
  } catch (error) {
    throw debInvalid(label, `its ${member.name} cannot be decompressed: ${(error as Error).message}`, error);
  }
}

async function plain({ name, bytes }: ArMember, maxBytes: number, label: string): Promise<Uint8Array> {
  switch (name.slice(name.indexOf(".tar") + ".tar".length)) {
    case "":
      return bytes;
    case ".gz":
      return await gunzipAsync(bytes, { maxOutputLength: maxBytes });
    case ".zst":
      return await zstdAsync(bytes, { maxOutputLength: maxBytes });
    case ".xz":
      return decompressXz(bytes, { maxBytes, what: `"${name}" of "${label}"` });
    default:
      throw new Error("its compression is not known, expected gz, xz or zst");
  }
}

async function readControlFiles(
  label: string,
  tar: Uint8Array,
): Promise<{ readonly files: ReadonlyMap<string, Uint8Array>; readonly newestSeconds: number }> {
  const files = new Map<string, Uint8Array>();
  let newestSeconds = 0;
  try {
    for await (const { entry } of readTar([tar])) {
      newestSeconds = Math.max(newestSeconds, entry.mtime.seconds);
      if (entry.type !== "file") continue;
      const { data } = entry.offsets;
      files.set((entry.nameText ?? "").replace(/^\.\//, ""), tar.subarray(data, data + entry.size));
    }
  } catch (error) {
    throw debInvalid(label, `its control.tar is damaged: ${(error as Error).message}`, error);
  }
  return { files, newestSeconds };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
