/**
 * Changes of a tree as the plain archive of a layer: what hides files of layers below first, then everything else by path.
 * The same changes give the same bytes.
 * @module
 */
import { S_IFDIR, S_IFMT } from "@teu/kernel/files";
import { TeuError } from "@teu/std/error";
import type { EntryType } from "@teu/tar/entry";
import type { NewEntry } from "@teu/tar/write-header";
import { type NewMember, writeTar } from "@teu/tar/write-tar";
import { type IdMaps, unmapId } from "../apply/id-map.ts";
import { OWNER_RECORD, parseOwnerRecord } from "../apply/policy.ts";
import { bytesOf, shown } from "../byte-path.ts";
import { whiteout } from "../emit/flatten.ts";
import type { LayerErrorCode } from "../errors.ts";
import { OPAQUE_NAME, WHITEOUT_PREFIX } from "../whiteout.ts";
import { byBytes } from "./changes.ts";
import type { FileContents } from "./file-contents.ts";
import type { ScannedTree } from "./scan.ts";
import { type ScannedFile, fileType } from "./scanned-file.ts";

/** What a layer is to say, by paths, which are byte strings and sorted. */
export interface LayerContents {
  /** Names that are hidden. */
  readonly removed: readonly string[];
  /** Directories whose files in layers below are hidden. */
  readonly opaque?: readonly string[];
  readonly changed: readonly string[];
}

/** How owners of files become those of a layer. */
export interface OwnerView {
  readonly idMaps: IdMaps | undefined;
  /** False where all files belong to whoever unpacked them: who is root in the layer, unless `user.rootlesscontainers` notes another. */
  readonly hasOwners: boolean;
}

/** Gives the plain archive of changes. Sockets, which no archive can hold, are left out. */
export async function* writeChanges(
  changes: LayerContents,
  after: ScannedTree,
  contents: FileContents,
  owners: OwnerView,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* writeTar(inBatches(membersOf(changes, after, contents, owners)));
}

// What is asked for at once is answered without a wait between.
const BATCH = 64;

/** Takes members some ahead of their use. */
function* inBatches(members: Iterator<NewMember>): Generator<NewMember> {
  for (let isOver = false; !isOver;) {
    const batch: NewMember[] = [];
    while (!isOver && batch.length < BATCH) {
      const next = members.next();
      isOver = next.done === true;
      if (next.done !== true) batch.push(next.value);
    }
    yield* batch;
  }
}

function* membersOf(
  { removed, opaque = [], changed }: LayerContents,
  after: ScannedTree,
  contents: FileContents,
  owners: OwnerView,
): Generator<NewMember> {
  for (const path of removed) yield { entry: whiteoutOf(path) };
  for (const path of opaque) yield { entry: whiteout(path, OPAQUE_NAME) };
  const written = new Map<string, string>();
  for (const path of withOtherNames(changed, after)) {
    const file = after.get(path);
    const type = file === undefined ? undefined : fileType(file.mode);
    if (file === undefined || type === undefined) continue;
    checkName(path);
    const isLinked = type !== "directory" && file.links > 1;
    const key = isLinked ? `${file.device}:${file.inode}` : "";
    const first = written.get(key);
    if (first !== undefined) {
      yield { entry: { name: bytesOf(path), type: "hard-link", linkname: bytesOf(first) } };
      continue;
    }
    if (isLinked) written.set(key, path);
    const entry = entryOf(path, file, type, owners);
    yield type === "file" && file.size > 0 ? { entry, content: contents.read(path, file.size) } : { entry };
  }
}

/** Adds the other names of files that have several: a layer with one of them alone would part them. */
function withOtherNames(changed: readonly string[], after: ScannedTree): readonly string[] {
  const shared = new Set<string>();
  for (const path of changed) {
    const file = after.get(path);
    if (file !== undefined && isShared(file)) shared.add(`${file.device}:${file.inode}`);
  }
  if (shared.size === 0) return changed;
  const all = new Set(changed);
  for (const [path, file] of after) if (isShared(file) && shared.has(`${file.device}:${file.inode}`)) all.add(path);
  return [...all].sort(byBytes);
}

function isShared(file: ScannedFile): boolean {
  return file.links > 1 && (file.mode & S_IFMT) !== S_IFDIR;
}

function whiteoutOf(path: string): NewEntry {
  const slash = path.lastIndexOf("/");
  return whiteout(path.slice(0, Math.max(0, slash)), WHITEOUT_PREFIX + path.slice(slash + 1));
}

// oxlint-disable-next-line eslint/max-params -- a file, what it is, and how to see it
function entryOf(path: string, file: ScannedFile, type: EntryType, owners: OwnerView): NewEntry {
  return {
    name: path === "" ? "./" : bytesOf(path),
    type,
    mode: file.mode & 0o7777,
    ...ownerOf(path, file, owners),
    mtime: file.mtime,
    ...(type === "file" ? { size: file.size } : {}),
    ...(type === "symlink" ? { linkname: bytesOf(file.target) } : {}),
    ...(file.xattrs === undefined ? {} : { xattrs: kept(file.xattrs) }),
    deviceMajor: file.major,
    deviceMinor: file.minor,
  };
}

function ownerOf(path: string, file: ScannedFile, owners: OwnerView): { uid: number; gid: number } {
  if (!owners.hasOwners) {
    const record = file.xattrs?.get(OWNER_RECORD);
    return record === undefined ? { uid: 0, gid: 0 } : parseOwnerRecord(record);
  }
  const uid = unmapId(file.uid, owners.idMaps?.uids);
  const gid = unmapId(file.gid, owners.idMaps?.gids);
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  const message = `Packing "${shown(path)}": owner ${file.uid}:${file.gid} is not in the map of ids, expected it there`;
  throw new TeuError<LayerErrorCode>("ERR_LAYER_OWNER", message);
}

// As when unpacking: labels of SELinux and marks of overlayfs are the host's.
function kept(xattrs: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  const isHosts = (name: string): boolean =>
    name === "security.selinux" || name === OWNER_RECORD || /^(?:trusted|user)\.overlay\./.test(name);
  return new Map([...xattrs].filter(([name]) => !isHosts(name)));
}

function checkName(path: string): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!name.startsWith(WHITEOUT_PREFIX)) return;
  const message = `Packing "${shown(path)}": its name would hide another file, expected one without .wh. in front`;
  throw new TeuError<LayerErrorCode>("ERR_LAYER_WHITEOUT", message);
}
