/**
 * A user namespace for those who are not root: its ids are those that /etc/subuid and /etc/subgid grant, which the
 * programs newuidmap and newgidmap write, or the user's own id alone where nothing is granted.
 * @module
 */
import { close, pipe, writeText } from "@teu/kernel/descriptors";
import { tryWriteFile } from "@teu/kernel/files";
import { setGroup, setUser, trySetGroups } from "@teu/kernel/identity";
import { CLONE_NEWNS, CLONE_NEWUSER, unshare } from "@teu/kernel/namespaces";
import { type Child, clone, exitNow, wait } from "@teu/kernel/processes";
import { readSome } from "@teu/kernel/trees";
import { launch, openNull } from "./launch.ts";
import type { IdRange } from "./settings.ts";

/**
 * Goes on in a child that is root of a new user namespace. Its parent, which makes the maps, calls `leave` when they are
 * made, with the child; it never comes back. @throws Error
 */
export function enterUserNamespace(
  uids: readonly IdRange[],
  gids: readonly IdRange[],
  leave: (child: Child) => void,
): void {
  const ready = pipe();
  const mapped = pipe();
  const child = clone(0);
  if (child.pid !== 0) {
    close(ready.writer);
    close(mapped.reader);
    if (readSome(ready.reader, new Uint8Array(1)) === 1) {
      writeMaps("uid", child.pid, uids);
      writeMaps("gid", child.pid, gids);
      writeText(mapped.writer, "m", "");
    }
    leave(child);
    exitNow(0);
  }
  close(ready.reader);
  close(mapped.writer);
  unshare(CLONE_NEWUSER);
  writeText(ready.writer, "r", "");
  if (readSome(mapped.reader, new Uint8Array(1)) === 0) throw new Error("mapping user ids: it failed");
  close(ready.writer);
  close(mapped.reader);
  setUser(0);
  setGroup(0);
  trySetGroups([]);
  unshare(CLONE_NEWNS);
}

function writeMaps(kind: string, pid: number, ranges: readonly IdRange[]): void {
  const words = ranges.flatMap((range) => [...range.text]);
  if (ranges.length > 1) {
    const none = openNull();
    const status = wait(
      launch([`/usr/bin/new${kind}map`, String(pid), ...words], { input: none, output: none, error: 2 }),
    );
    close(none);
    if (status !== 0) throw new Error(`new${kind}map ended with ${status}`);
    return;
  }
  if (kind === "gid") tryWriteFile(`/proc/${pid}/setgroups`, "deny");
  const result = tryWriteFile(`/proc/${pid}/${kind}_map`, `${words.join(" ")}\n`);
  if (result < 0) throw new Error(`writing /proc/${pid}/${kind}_map failed with ${-result}`);
}
