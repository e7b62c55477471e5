/**
 * The ids of a user namespace for an ordinary user: the user's own as root, and behind it those that the system grants.
 * @see {@link https://man7.org/linux/man-pages/man5/subuid.5.html}
 * @module
 */
import { tryFindProgram } from "../engine.ts";
import { readTextIfThere } from "./record.ts";

/** Runs of ids: in the namespace, outside of it, how many. */
export type IdRanges = readonly (readonly [inside: number, outside: number, count: number])[];

/** The maps of users and groups. Without granted ids, or programs to write them, that is the own id alone. */
export function subordinateIds(env: Readonly<Record<string, string | undefined>>): {
  readonly uids: IdRanges;
  readonly gids: IdRanges;
} {
  const { uid, gid, username } = process.getBuiltinModule("node:os").userInfo();
  const canMap = tryFindProgram("newuidmap", env) !== undefined && tryFindProgram("newgidmap", env) !== undefined;
  const owners = [username, String(uid)];
  const uids = canMap ? granted(readTextIfThere("/etc/subuid") ?? "", owners) : [];
  const gids = canMap ? granted(readTextIfThere("/etc/subgid") ?? "", owners) : [];
  if (uids.length === 0 || gids.length === 0) return { uids: [[0, uid, 1]], gids: [[0, gid, 1]] };
  return { uids: [[0, uid, 1], ...behind(uids)], gids: [[0, gid, 1], ...behind(gids)] };
}

interface Grant {
  readonly start: number;
  readonly count: number;
}

/** The grants of a file such as /etc/subuid to a user, who stands there by name or by number. */
export function granted(text: string, owners: readonly string[]): readonly Grant[] {
  return text.split("\n").flatMap((line) => {
    const [owner = "", start = "", count = ""] = line.trim().split(":");
    const isGrant = owners.includes(owner) && /^[0-9]+$/.test(start) && /^[0-9]+$/.test(count) && Number(count) > 0;
    return isGrant ? [{ start: Number(start), count: Number(count) }] : [];
  });
}

function behind(grants: readonly Grant[]): IdRanges {
  let inside = 1;
  return grants.map(({ start, count }) => {
    const range = [inside, start, count] as const;
    inside += count;
    return range;
  });
}
