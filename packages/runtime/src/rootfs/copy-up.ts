/**
 * Filling a new file system with what stood at its place: the mount option `tmpcopyup`.
 * @module
 */
import { check } from "@teu/kernel/errno";
import { close, copyContent, list } from "@teu/kernel/descriptors";
import {
  AT_SYMLINK_NOFOLLOW,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_WRONLY,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  type Stat,
  chmodAt,
  chownAt,
  makeNodeAt,
  mkdirAt,
  openAt,
  readLinkAt,
  statAt,
  symlinkAt,
} from "@teu/kernel/files";

const MAX_DEPTH = 64;

/** Copies what is in the open folder `from` into the open folder `to`. Links are copied, not followed. @throws SysError */
export function copyTree(from: number, to: number, depth = 0): void {
  if (depth > MAX_DEPTH) check(-40, "copy", "a tree that is too deep");
  const source = openAt(from, ".", O_RDONLY | O_DIRECTORY);
  const names = list(source, ".");
  for (const name of names) copyEntry(source, to, { name, depth });
  close(source);
}

interface Entry {
  readonly name: string;
  readonly depth: number;
}

function copyEntry(from: number, to: number, { name, depth }: Entry): void {
  const found = statAt(from, name, AT_SYMLINK_NOFOLLOW);
  if (found === undefined) return;
  if (found.type === S_IFLNK) symlinkAt(readLinkAt(from, name) ?? "", to, name);
  else if (found.type === S_IFDIR) copyFolder(from, to, { name, depth });
  else if (found.type === S_IFREG) copyFile(from, to, name);
  else if (found.type === S_IFCHR || found.type === S_IFBLK || found.type === S_IFIFO) copyNode(to, name, found);
  else return;
  chownAt(to, name, found.uid, found.gid);
  if (found.type !== S_IFLNK) chmodAt(to, name, found.mode & 0o7777);
}

function copyFolder(from: number, to: number, { name, depth }: Entry): void {
  mkdirAt(to, name, 0o700);
  const source = openAt(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const target = openAt(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  copyTree(source, target, depth + 1);
  close(source);
  close(target);
}

function copyFile(from: number, to: number, name: string): void {
  const source = openAt(from, name, O_RDONLY | O_NOFOLLOW);
  const target = openAt(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  copyContent(source, target, name);
  close(source);
  close(target);
}

function copyNode(to: number, name: string, { mode, special }: Stat): void {
  const minor = (special & 0xff) | ((special >>> 12) & 0xfff00);
  makeNodeAt(to, name, mode, [(special >>> 8) & 0xfff, minor]);
}
