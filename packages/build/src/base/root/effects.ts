/**
 * What the maintainer scripts that are known by their content do when they are installed for the first time, done to a tree
 * without running anything. Each was read in Debian 12 and 13. What they ask debconf has its default.
 * @module
 */
import type { FileTree, TreeEntry } from "./tree.ts";
import { groupId, textAt } from "./users.ts";

/** Does to the tree what a script does. */
export type Effect = (tree: FileTree) => void;

/** Of scripts that do nothing to a new system that anything in a container would miss. */
export const nothing: Effect = () => {};

/** Bash is a shell for people to log in with. */
export const bashShell: Effect = (tree) => addShell(tree, "bash");

/** So is dash. */
export const dashShell: Effect = (tree) => addShell(tree, "dash");

/** How names of users and hosts are looked up. */
export const nameServices: Effect = (tree) =>
  copyDefault(tree, "usr/share/libc-bin/nsswitch.conf", "etc/nsswitch.conf");

/** Files that programs about logins and users expect. */
export const loginFiles: Effect = (tree) => {
  for (const path of ["var/log/faillog", "etc/subuid", "etc/subgid"]) addEmpty(tree, path, 0o644);
};

/** Where OpenSSL looks for its configuration and certificates. */
export const sslFolder: Effect = (tree) => {
  if (!tree.has("usr/lib/ssl")) tree.addLink("usr/lib/ssl", "/etc/ssl");
};

/** The configuration of readline. */
export const inputRc: Effect = (tree) => copyDefault(tree, "usr/share/readline/inputrc", "etc/inputrc");

/** The time zone of a machine that was not asked for one. */
export const timeZone: Effect = (tree) => {
  tree.addLink("etc/localtime", "/usr/share/zoneinfo/Etc/UTC");
  tree.addFile("etc/timezone", "Etc/UTC\n");
};

/** The folders and files of every system, in Debian 12. */
export const baseFiles: Effect = (tree) => {
  if (tree.has("etc/dpkg/origins/debian")) addMissingLink(tree, "etc/dpkg/origins/default", "debian");
  const defaults = "usr/share/base-files";
  copyDefault(tree, `${defaults}/dot.profile`, "root/.profile");
  copyDefault(tree, `${defaults}/dot.bashrc`, "root/.bashrc");
  copyDefault(tree, `${defaults}/profile`, "etc/profile");
  copyDefault(tree, `${defaults}/motd`, "etc/motd");
  for (const path of ["mnt", "srv", "opt", "etc/opt", "var/opt", "media"]) tree.addDirectory(path);
  tree.addDirectory("var/mail", { mode: 0o2775, gid: groupId(tree, "mail") });
  addMissingLink(tree, "var/spool/mail", "../mail");
  tree.addDirectory("run/lock", { mode: 0o1777 });
  replaceDirectory(tree, "var/run", "/run");
  replaceDirectory(tree, "var/lock", "/run/lock");
  for (const name of LOCAL_DIRECTORIES) tree.addDirectory(`usr/local/${name}`);
  addMissingLink(tree, "usr/local/man", "share/man");
};

/** The same in Debian 13. */
export const baseFilesSince13: Effect = (tree) => {
  baseFiles(tree);
  tree.addDirectory("usr/local/libexec");
};

const LOCAL_DIRECTORIES = ["share", "share/man", "bin", "games", "lib", "include", "sbin", "src", "etc"];

function copyDefault(tree: FileTree, from: string, to: string): void {
  const content = tree.read(from);
  if (content !== undefined && !tree.has(to)) tree.addFile(to, content);
}

function addEmpty(tree: FileTree, path: string, mode: number): void {
  if (!tree.has(path)) tree.addFile(path, "", { mode });
}

function addMissingLink(tree: FileTree, path: string, target: string): void {
  if (tree.at(path) === undefined) tree.addLink(path, target);
}

function replaceDirectory(tree: FileTree, path: string, target: string): void {
  const there: TreeEntry | undefined = tree.at(path);
  if (there?.type !== "symlink" && tree.below(path).length === 0) tree.addLink(path, target);
}

function addShell(tree: FileTree, shell: string): void {
  if (tree.at("bin/sh") === undefined) tree.addLink("bin/sh", shell);
}

/** All shells of packages, each by both of its names where its folder is a link. */
export const shells: Effect = (tree) => {
  const template = "usr/share/debianutils/shells";
  const start = textAt(tree, template) ?? "";
  const texts = [template, ...tree.below(`${template}.d`)].map((path) => textAt(tree, path) ?? "");
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line.startsWith("/"));
  const all = lines.flatMap((line) => [line, `/${tree.resolve(line)}`]);
  const added = [...new Set(all)].filter((line) => !start.split("\n").includes(line));
  tree.addFile("etc/shells", `${start}${added.map((line) => `${line}\n`).join("")}`);
  tree.addFile("var/lib/shells.state", [...new Set(all)].map((line) => `${line}\n`).join(""));
};

/** Names of networks; what names hosts have is for whoever runs a container. */
export const networks: Effect = (tree) => {
  if (!tree.has("etc/networks")) {
    tree.addFile("etc/networks", "default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n");
  }
};

const CERTIFICATES = "usr/share/ca-certificates";

/** The bundle that TLS libraries read, a link for each certificate, and the list of them. */
export const caCertificates: Effect = (tree) => {
  const paths = tree.below(CERTIFICATES).filter((path) => path.endsWith(".crt"));
  const names = paths.map((path) => path.slice(CERTIFICATES.length + 1));
  tree.addDirectory("usr/local/share/ca-certificates");
  tree.addFile("etc/ca-certificates.conf", names.map((name) => `${name}\n`).join(""));
  const bundle = paths.map((path) => withLineEnd(textAt(tree, path) ?? ""));
  tree.addFile("etc/ssl/certs/ca-certificates.crt", bundle.join(""));
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.crt$/, "");
    tree.addLink(`etc/ssl/certs/${name.replaceAll(/[ ,]/g, "_").replaceAll(/[()]/g, "=")}.pem`, `/${path}`);
  }
};

function withLineEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
