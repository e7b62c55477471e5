/**
 * Tells which commands of maintainer scripts do nothing to a new system that has no init and where nobody is asked: those that
 * look, those that tell services and caches, and those that clear away what older versions left. Debhelper's blocks consist
 * of them, and many scripts too.
 * @see https://manpages.debian.org/debhelper
 * @module
 */
import { type Alternative, readAlternative } from "./alternatives.ts";
import { type ShellCommand, type ShellScript, ShellUnknown, readShell } from "./shell.ts";

/** What is known of a script, or of a part of one. */
export interface Judgement {
  /** What begins the first command that is not known; nothing where all are. */
  readonly unknown: string | undefined;
  /** Alternatives that it brings. */
  readonly alternatives: readonly Alternative[];
}

type Rule = (words: readonly string[]) => boolean;

const always: Rule = () => true;
/** With these as the first words behind the command. */
const only =
  (...firsts: readonly string[]): Rule =>
  ([first = ""]) =>
    firsts.includes(first);

const RULES: ReadonlyMap<string, Rule> = new Map([
  ...rules("set exit return break continue true false : shift umask export local unset test [ echo printf", always),
  ...rules("which getent grep egrep cut head tail basename dirname uname readlink md5sum sha512sum cmp", always),
  ["command", only("-v", "-V")],
  ["dpkg", only("--compare-versions", "--print-architecture", "-L", "--listfiles", "-s", "--validate-version")],
  ["dpkg-query", only("-W", "--show", "-L", "--listfiles", "-s", "--status", "-S", "--search", "-f")],
  ...rules("dpkg-maintscript-helper dpkg-trigger ischroot", always),
  ...rules("deb-systemd-helper deb-systemd-invoke systemctl invoke-rc.d update-rc.d systemd-tmpfiles", always),
  ...rules("py3compile pypy3compile pycompile update-menus update-mime update-mime-database ldconfig", always),
  ["update-alternatives", (words) => !words.includes("--install") && !words.includes("--set")],
  ["dpkg-divert", isDiversionAway],
  ["chmod", ([mode = "", file = "", ...others]) => mode === "+x" && isInitScript(file) && others.length === 0],
]);

function rules(names: string, rule: Rule): readonly (readonly [string, Rule])[] {
  return names.split(" ").map((name) => [name, rule]);
}

/** A look, a diversion taken away, or one that keeps a file that was moved into `usr` from being lost. */
function isDiversionAway(words: readonly string[]): boolean {
  if (words.some((word) => ["--list", "--listpackage", "--truename", "--remove"].includes(word))) return true;
  const target = words[words.indexOf("--divert") + 1] ?? "";
  return words.includes("--no-rename") && target.endsWith(".usr-is-merged");
}

function isInitScript(file: string): boolean {
  return /^\/etc\/init\.d\/[\w.-]+$/.test(file);
}

/** Judges a script. */
export function judgeScript(text: string): Judgement {
  try {
    return judge(readShell(text));
  } catch (error) {
    if (!(error instanceof ShellUnknown)) throw error;
    return { unknown: error.text, alternatives: [] };
  }
}

function judge({ commands, functions }: ShellScript): Judgement {
  const alternatives = commands.map(({ words }) => readAlternative(words));
  const isKnown = (command: ShellCommand, at: number): boolean =>
    alternatives[at] !== undefined || isHarmless(command, functions);
  const unknown = commands.find((command, at) => !isKnown(command, at));
  return { unknown: unknown?.text, alternatives: alternatives.filter((found) => found !== undefined) };
}

function isHarmless({ words, outputs }: ShellCommand, functions: ReadonlySet<string>): boolean {
  if (!outputs.every((file) => file === "/dev/null" || /^&[12-]$/.test(file))) return false;
  const [name, ...others] = words;
  return name === undefined || functions.has(name) || RULES.get(name)?.(others) === true;
}
