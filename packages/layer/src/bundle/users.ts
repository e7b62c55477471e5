/**
 * Users of an image by name, from the files that the image itself has for them. They are read out of the tree of its
 * layers, so no symbolic link can lead to those of the host.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/conversion.md#configuser}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { LayerErrorCode } from "../errors.ts";

/** Who a container runs as. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
  /** The home directory that the image gives the user, if it knows one. */
  readonly home?: string;
}

/** The text of the image's files, undefined where it has none. */
export interface UserFiles {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

interface PasswdLine {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupLine {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const MAX_ID = 2 ** 32 - 2;

/**
 * Resolves `User` of an image configuration: `user`, `uid`, `user:group`, `uid:gid`, `uid:group` or `user:gid`; nothing
 * means root. A number is taken as it is; a number alone takes its group from the image if that knows the user, and
 * otherwise the group 0.
 * @throws TeuError `ERR_USER_UNKNOWN`
 */
export function resolveUser(text: string, files: UserFiles): ContainerUser {
  const colon = text.indexOf(":");
  const userText = colon < 0 ? text : text.slice(0, colon);
  const groupText = colon < 0 ? undefined : text.slice(colon + 1);
  const user = findUser(userText === "" ? "0" : userText, files, text);
  const home = user.home === "" ? {} : { home: user.home };
  if (groupText !== undefined && groupText !== "") {
    return { uid: user.uid, gid: findGroup(groupText, files, text), ...home };
  }
  const isName = idOf(userText) === undefined && userText !== "";
  if (!isName) return { uid: user.uid, gid: user.gid, ...home };
  const additionalGids = groupsOf(user.name, files).filter((gid) => gid !== user.gid);
  return { uid: user.uid, gid: user.gid, ...(additionalGids.length === 0 ? {} : { additionalGids }), ...home };
}

function findUser(text: string, files: UserFiles, whole: string): PasswdLine {
  const id = idOf(text);
  const lines = passwdLines(files.passwd ?? "");
  const found = lines.find(({ name, uid }) => (id === undefined ? name === text : uid === id));
  if (found !== undefined) return found;
  if (id !== undefined) return { name: "", uid: id, gid: 0, home: "" };
  throw unknown(whole, `user "${text}"`, "/etc/passwd");
}

function findGroup(text: string, files: UserFiles, whole: string): number {
  const id = idOf(text);
  if (id !== undefined) return id;
  const found = groupLines(files.group ?? "").find(({ name }) => name === text);
  if (found === undefined) throw unknown(whole, `group "${text}"`, "/etc/group");
  return found.gid;
}

function groupsOf(user: string, files: UserFiles): readonly number[] {
  const gids = groupLines(files.group ?? "").flatMap(({ gid, members }) => (members.includes(user) ? [gid] : []));
  return [...new Set(gids)];
}

/** A number that the kernel can take for an id; undefined for a name. */
function idOf(text: string): number | undefined {
  if (!/^[0-9]{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}

function passwdLines(text: string): PasswdLine[] {
  return rows(text, 4).flatMap(([name = "", , uidText = "", gidText = "", , home = ""]) => {
    const uid = idOf(uidText);
    const gid = idOf(gidText);
    return uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home }];
  });
}

function groupLines(text: string): GroupLine[] {
  return rows(text, 3).flatMap(([name = "", , gidText = "", members = ""]) => {
    const gid = idOf(gidText);
    return gid === undefined ? [] : [{ name, gid, members: members.split(",") }];
  });
}

function rows(text: string, least: number): string[][] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.split(":"))
    .filter(({ length }) => length >= least);
}

function unknown(whole: string, what: string, file: string): TeuError<LayerErrorCode> {
  return new TeuError("ERR_USER_UNKNOWN", `Resolving user "${whole}": no ${what} in the image's ${file}`, {
    hint: "Give the user as numbers, such as 1000:1000",
  });
}
