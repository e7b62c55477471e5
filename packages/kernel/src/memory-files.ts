/**
 * Files that live in memory and can be sealed against every change.
 * @module
 */
import { check } from "./errno.ts";
import { MAX_TEXT_BYTES, close } from "./descriptors.ts";

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_EXEC = 0x10;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
const F_SEAL_WRITE = 8;
const ALL_SEALS = 0xf;
const CHUNK_BYTES = 1 << 30;

/** Tells whether an open file is sealed against writing. */
export function isSealed(fd: number): boolean {
  const seals = sys_fcntl(fd, F_GET_SEALS, 0);
  return seals >= 0 && (seals & F_SEAL_WRITE) !== 0;
}

/** A sealed copy in memory of what an open file has from its place on; it can be executed. @throws SysError */
export function sealedCopy(from: number, name: string): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  // Older kernels do not know the flag, and need none.
  const modern = sys_memfd_create(name, flags | MFD_EXEC);
  const copy = modern >= 0 ? modern : check(sys_memfd_create(name, flags), "memfd_create", name);
  let size = 0;
  do {
    size = sys_sendfile(copy, from, CHUNK_BYTES);
  } while (size > 0);
  const result = size < 0 ? size : sys_fcntl(copy, F_ADD_SEALS, ALL_SEALS);
  if (result < 0) close(copy);
  check(result, "seal a copy of", name);
  return copy;
}

/** A file in memory to write to. @throws SysError */
export function openMemory(name: string): number {
  return check(sys_memfd_create(name, MFD_CLOEXEC), "memfd_create", name);
}

/** All that was written to a file of {@link openMemory}, empty past 16 MiB; closes it. */
export function takeText(fd: number): string {
  let text = "";
  if (sys_rewind(fd) >= 0)
    sys_read_text(fd, MAX_TEXT_BYTES, (all) => {
      text = all;
    });
  close(fd);
  return text;
}
