/**
 * Judges maintainer scripts, which are never run. Most consist of lines that helpers of the packaging tools put there, and do
 * nothing to a system without init; what they say of alternatives is done. A script with anything else has to be that of a
 * package whose effects are known, or somebody has to say that it can be left out.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import type { FileTree } from "./tree.ts";
import { effectOf } from "./effects.ts";
import type { UnpackedDeb } from "./unpack-deb.ts";

/** Scripts that run when a package is installed. */
const SCRIPTS = ["preinst", "postinst"] as const;

/** Structure, and what helpers put into scripts. */
const HARMLESS: readonly RegExp[] = [
  /^(set [-+]\w+|exit \d+|true|:|shift|umask \d+|fi|else|esac|;;|done|[{}]|then)$/,
  /^(if|elif) ((!|\(|\)|&&|\|\||\[ [^;&|]* \]|test [^;&|]*|(which|command -v|dpkg --compare-versions|deb-systemd-helper|getent) [^;&|]*) ?)+;? ?(then)?$/,
  /^\[ [^;&|]* \] (&&|\|\|) (exit 0|return 0|:|true)$/,
  /^case "?\$\{?1(:-)?\}?"? in$/,
  /^\(?(configure|triggered|install|upgrade|abort-\w+|remove|purge|\*)(\|[\w-]+)*\)( ?(:|true|exit 0)? ?(;;)?)$/,
  /^(dpkg-maintscript-helper|deb-systemd-helper|deb-systemd-invoke|systemctl|invoke-rc\.d|update-rc\.d) [^;`]*$/,
  /^(py3compile|pypy3compile|pycompile|update-menus|update-mime|ldconfig|update-mime-database|systemd-tmpfiles)( [^;`]*)?$/,
  /^update-alternatives( --(quiet|force))* --(remove|remove-all|auto) [^;`]*$/,
  /^chmod \+x "?\/etc\/init\.d\/[\w.-]+"?$/,
  /^_dh_action=\w+$/,
  /^echo ([^<>|;&`$"\\]*|"([^"`$\\]|\\.|\$\w+)*") ?(>&2)?$/,
  /^dpkg-trigger [^;`]*$/,
  /^#DEBHELPER#$/,
];

/** A name that several programs can have, and one that wants it. */
interface Alternative {
  readonly link: string;
  readonly name: string;
  readonly path: string;
  readonly priority: number;
  readonly followers: readonly Omit<Alternative, "priority" | "followers">[];
}

/**
 * Does to the tree what the scripts of `packages` would do.
 * @param ignored Names of packages whose scripts can be left out whatever they do.
 * @throws TeuError `ERR_BASE_SCRIPT` for a script with effects that are not known.
 */
export function applyScripts(tree: FileTree, packages: readonly UnpackedDeb[], ignored: readonly string[]): void {
  const alternatives: Alternative[] = [];
  for (const pkg of packages) {
    const lines = SCRIPTS.flatMap((script) => scriptLines(pkg, script));
    const effect = effectOf(pkg.name);
    const found = lines.map(readAlternative);
    if (effect === undefined && !ignored.includes(pkg.name)) refuseUnknown(pkg, lines, found);
    alternatives.push(...found.filter((alternative) => alternative !== undefined));
    effect?.(tree);
  }
  for (const alternative of chosenOf(alternatives)) install(tree, alternative);
}

/** The lines of a script without comments and empty ones; a backslash at the end joins lines. */
function scriptLines({ deb }: UnpackedDeb, script: string): readonly string[] {
  const bytes = deb.controlFiles.get(script);
  if (bytes === undefined) return [];
  const text = new TextDecoder().decode(bytes).replace(/[ \t]*\\\r?\n[ \t]*/g, " ");
  return text
    .split("\n")
    .map((line) =>
      line
        .trim()
        .replace(/\s+(>\s*\/dev\/null|2>\s*\/dev\/null|2>&1|\|\| (true|:|exit \$\?|exit 1))(?=[\s;]|$)/g, "")
        .trim(),
    )
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function refuseUnknown(
  pkg: UnpackedDeb,
  lines: readonly string[],
  alternatives: readonly (Alternative | undefined)[],
): void {
  const unknown = lines.find(
    (line, at) => alternatives[at] === undefined && !HARMLESS.some((known) => known.test(line)),
  );
  if (unknown === undefined) return;
  const message = `Installing package "${pkg.name}": its scripts have effects that are not known, such as "${unknown}"`;
  throw new TeuError<BaseErrorCode>("ERR_BASE_SCRIPT", message, {
    detail: { package: pkg.name, line: unknown },
    hint: `leave the package out with --without ${pkg.name}, or its scripts with --ignore-scripts-of ${pkg.name}`,
  });
}

/** Reads `update-alternatives --install LINK NAME PATH PRIORITY [--slave LINK NAME PATH]…`, and removals, which do nothing. */
function readAlternative(line: string): Alternative | undefined {
  const words = line.split(/\s+/).filter((word) => !["--quiet", "--force"].includes(word));
  if (words[0] !== "update-alternatives" || words[1] !== "--install" || /[$`;<>|&]/.test(line)) return undefined;
  const [link = "", name = "", path = "", priority = ""] = words.slice(2);
  if (!isPath(link) || !isPath(path) || !isName(name) || !/^-?\d+$/.test(priority)) return undefined;
  const followers = readFollowers(words.slice(6));
  return followers === undefined ? undefined : { link, name, path, priority: Number(priority), followers };
}

function readFollowers(words: readonly string[]): Alternative["followers"] | undefined {
  const followers: Alternative["followers"][number][] = [];
  for (let at = 0; at < words.length; at += 4) {
    const [word, link = "", name = "", path = ""] = words.slice(at, at + 4);
    if (word !== "--slave" || !isPath(link) || !isPath(path) || !isName(name)) return undefined;
    followers.push({ link, name, path });
  }
  return followers;
}

function isPath(text: string): boolean {
  return text.startsWith("/") && !text.split("/").includes("..");
}

function isName(text: string): boolean {
  return /^[\w.+-]+$/.test(text);
}

/** The one of each name with the highest priority; of several the first. */
function chosenOf(alternatives: readonly Alternative[]): readonly Alternative[] {
  const chosen = new Map<string, Alternative>();
  for (const alternative of alternatives) {
    const best = chosen.get(alternative.name);
    if (best === undefined || best.priority < alternative.priority) chosen.set(alternative.name, alternative);
  }
  return [...chosen.values()];
}

function install(tree: FileTree, { link, name, path, followers }: Alternative): void {
  if (!tree.has(path)) return;
  for (const one of [{ link, name, path }, ...followers]) {
    if (!tree.has(one.path)) continue;
    tree.addLink(`etc/alternatives/${one.name}`, one.path);
    tree.addLink(one.link, `/etc/alternatives/${one.name}`);
  }
}
