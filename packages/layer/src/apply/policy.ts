/**
 * What of a layer is made, and what is left out with a word about it.
 * @module
 */
import type { FileType } from "../tree-node.ts";
import type { IdMaps } from "./id-map.ts";

/** What of a layer is made. */
export interface ApplyPolicy {
  /** Owners with their map; undefined leaves every file to who makes it. */
  readonly owners: IdMaps | undefined;
  /** Whether device files are made. */
  readonly devices: boolean;
  /** Whether set-user-id and set-group-id bits of files are kept. */
  readonly setIds: boolean;
  /** Whether an extended attribute is kept. */
  readonly keepsXattr: (name: string, type: FileType) => boolean;
  /** Whether owners are noted in `user.rootlesscontainers`. */
  readonly recordsOwners: boolean;
}

/** What a caller may choose of an {@link ApplyPolicy}. */
export interface PolicyChoice {
  /** Whether files can be given away and devices made. Default: for root. */
  readonly privileged?: boolean | undefined;
  readonly idMaps?: IdMaps | undefined;
  /** Default: what `privileged` says. */
  readonly devices?: boolean | undefined;
  /** Note owners in the extended attribute `user.rootlesscontainers`, as umoci does. Default: false. */
  readonly recordsOwners?: boolean | undefined;
}

/** The policy of a choice. */
export function policyOf(choice: PolicyChoice): ApplyPolicy {
  const privileged = choice.privileged ?? process.geteuid?.() === 0;
  return {
    owners: privileged ? (choice.idMaps ?? {}) : undefined,
    devices: choice.devices ?? privileged,
    setIds: privileged,
    keepsXattr: (name, type) => (privileged ? isWanted(name) : isWanted(name) && isForEveryone(name, type)),
    recordsOwners: choice.recordsOwners ?? false,
  };
}

// Labels of SELinux are the host's business, and marks of overlayfs would change how a tree is mounted.
function isWanted(name: string): boolean {
  return (
    name !== "security.selinux" && !/^(?:trusted|user)\.overlay\./.test(name) && !name.includes("\0") && name !== ""
  );
}

function isForEveryone(name: string, type: FileType): boolean {
  return name.startsWith("user.") && (type === "file" || type === "directory");
}

/** The attribute that notes an owner whom the file system does not. */
export const OWNER_RECORD = "user.rootlesscontainers";

/**
 * An owner as `user.rootlesscontainers` holds it, a message of Protocol Buffers; nothing for root's own files.
 * @see {@link https://github.com/rootless-containers/proto/blob/v0.1.0/rootlesscontainers.proto}
 */
export function ownerRecord(uid: number, gid: number): Uint8Array | undefined {
  if (uid === 0 && gid === 0) return undefined;
  return Uint8Array.from([
    ...(uid === 0 ? [] : [UID_TAG, ...varint(uid)]),
    ...(gid === 0 ? [] : [GID_TAG, ...varint(gid)]),
  ]);
}

/** The owner that a record notes; what is damaged in it is root's. The inverse of {@link ownerRecord}. */
export function parseOwnerRecord(record: Uint8Array): { readonly uid: number; readonly gid: number } {
  const owner = { uid: 0, gid: 0 };
  for (let at = 0; at < record.length;) {
    const tag = record[at];
    let value = 0;
    let scale = 1;
    for (at += 1; at < record.length; at += 1, scale *= 0x80) {
      const byte = record[at] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    at += 1;
    if (value > MAX_ID) return { uid: 0, gid: 0 };
    if (tag === UID_TAG) owner.uid = value;
    else if (tag === GID_TAG) owner.gid = value;
  }
  return owner;
}

const UID_TAG = 0x08;
const GID_TAG = 0x10;
const MAX_ID = 2 ** 32 - 1;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}
