/**
 * Reads `ar` archives, the outer form of Debian packages, in memory.
 * @see {@link https://manpages.debian.org/bookworm/dpkg-dev/deb.5.en.html}
 * @module
 */

const MAGIC = "!<arch>\n";
const HEADER_BYTES = 60;

/** A file in an archive; its bytes are a view. */
export interface ArMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads the files of an archive. @returns Those before the damage, and what the damage is if there is any. */
export function readAr(archive: Uint8Array): { readonly members: readonly ArMember[]; readonly problem?: string } {
  const members: ArMember[] = [];
  if (latin1(archive.subarray(0, MAGIC.length)) !== MAGIC)
    return { members, problem: "it does not begin as ar archives do" };
  for (let at = MAGIC.length; at < archive.length;) {
    const header = latin1(archive.subarray(at, at + HEADER_BYTES));
    const size = /^[0-9]+ *$/.test(header.slice(48, 58)) ? Number(header.slice(48, 58)) : undefined;
    if (size === undefined || header.slice(58) !== "`\n") return { members, problem: `no header of ar at ${at}` };
    const start = at + HEADER_BYTES;
    if (start + size > archive.length) return { members, problem: `it ends within the file at ${at}` };
    members.push({
      name: header.slice(0, 16).trimEnd().replace(/\/$/, ""),
      bytes: archive.subarray(start, start + size),
    });
    at = start + size + (size % 2);
  }
  return { members };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
