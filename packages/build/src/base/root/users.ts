/**
 * The users and groups of a base, in the files that programs look them up in.
 * @module
 */
import type { FileTree } from "./tree.ts";

/** The user that images run as unless they say otherwise. */
export const NONROOT: { readonly name: string; readonly id: number; readonly home: string } = {
  name: "nonroot",
  id: 65532,
  home: "/home/nonroot",
};

const MINIMAL_PASSWD =
  "root:*:0:0:root:/root:/usr/sbin/nologin\nnobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const MINIMAL_GROUP = "root:*:0:\ntty:*:5:\nstaff:*:50:\nnogroup:*:65534:\n";
const MASTER = "usr/share/base-passwd";

/** Writes the files: all of Debian's users where `base-passwd` is there, the few that are needed where not. */
export function addUsers(tree: FileTree): void {
  const { name, id, home } = NONROOT;
  const passwd = textAt(tree, `${MASTER}/passwd.master`) ?? MINIMAL_PASSWD;
  const group = textAt(tree, `${MASTER}/group.master`) ?? MINIMAL_GROUP;
  tree.addFile("etc/passwd", `${passwd}${name}:x:${id}:${id}:${name}:${home}:/usr/sbin/nologin\n`);
  tree.addFile("etc/group", `${group}${name}:x:${id}:\n`);
  tree.addDirectory("home");
  tree.addDirectory(home.slice(1), { mode: 0o700, uid: id, gid: id });
  tree.addDirectory("root", { mode: 0o700 });
  tree.addDirectory("tmp", { mode: 0o1777 });
}

/** The number of a group by its name; 0 if it is not known. */
export function groupId(tree: FileTree, name: string): number {
  const group = textAt(tree, "etc/group") ?? textAt(tree, `${MASTER}/group.master`) ?? MINIMAL_GROUP;
  const line = group.split("\n").find((candidate) => candidate.startsWith(`${name}:`));
  return Number(line?.split(":")[2] ?? 0);
}

/** The text of a file, if it is there. */
export function textAt(tree: FileTree, path: string): string | undefined {
  const bytes = tree.read(path);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
