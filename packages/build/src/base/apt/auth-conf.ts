/**
 * Credentials for archives of packages, in the form of netrc.
 * @see {@link https://manpages.debian.org/bookworm/apt/apt_auth.conf.5.en.html}
 * @module
 */

/** Credentials for one place. */
export interface LoginLine {
  /** `[SCHEME://]HOST[:PORT][/PATH]` */
  readonly machine: string;
  readonly login: string;
  readonly password: string;
}

/** Reads a file of credentials. What is incomplete is left out. */
export function parseAuthConf(text: string): readonly LoginLine[] {
  const lines: LoginLine[] = [];
  const words = text.replace(/^\s*#.*$/gm, "").split(/\s+/);
  let fields: Record<string, string> = {};
  const finish = (): void => {
    const { machine, login, password } = fields;
    if (machine !== undefined && login !== undefined && password !== undefined)
      lines.push({ machine, login, password });
    fields = {};
  };
  for (let at = 0; at + 1 < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!["machine", "login", "password"].includes(word)) continue;
    if (word === "machine") finish();
    fields[word] = words[at + 1] ?? "";
    at += 1;
  }
  finish();
  return lines;
}

/** The header that gives the credentials for `url`; nothing if there are none. Without TLS only those that say so count. */
export function authorizationFor(url: URL, lines: readonly LoginLine[]): string | undefined {
  if (url.username !== "") return basic(decodeURIComponent(url.username), decodeURIComponent(url.password));
  const found = lines.find(({ machine }) => matches(url, machine));
  return found === undefined ? undefined : basic(found.login, found.password);
}

function matches(url: URL, machine: string): boolean {
  const [, scheme, host = "", path = ""] = /^(?:([a-z+]+):\/\/)?([^/]*)(.*)$/.exec(machine) ?? [];
  if (scheme === undefined ? url.protocol !== "https:" : `${scheme}:` !== url.protocol) return false;
  if (host !== url.host && host !== url.hostname) return false;
  return path === "" || url.pathname === path || url.pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
