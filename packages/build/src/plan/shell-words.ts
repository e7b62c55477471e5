/**
 * Commands as people write them in package.json and Procfiles, taken apart where no shell is needed.
 * @module
 */

/** A command without a shell: variables in front, then words. */
export interface SimpleCommand {
  readonly env: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

const WORD = /^(?:[^\s'"\\$`|&;<>()*?[\]{}~#!]|'[^']*'|"[^"$`\\]*"|\\[^\n])+/;

/** Takes a command apart; nothing if it takes a shell to understand it. `$PORT` alone is left to the shell as well. */
export function simpleCommand(text: string): SimpleCommand | undefined {
  const words: string[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const found = WORD.exec(rest)?.[0];
    if (found === undefined || !/^(?:\s|$)/.test(rest.slice(found.length))) return undefined;
    words.push(
      found.replaceAll(
        /'([^']*)'|"([^"]*)"|\\(.)/g,
        (_, single?: string, double?: string, escaped?: string) => single ?? double ?? escaped ?? "",
      ),
    );
    rest = rest.slice(found.length).trimStart();
  }
  const start = words[0] === "cross-env" ? 1 : 0;
  const end = words.findIndex((word, at) => at >= start && !/^[A-Za-z_]\w*=/.test(word));
  if (end < 0) return undefined;
  const env = words
    .slice(start, end)
    .map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]);
  return { env: Object.fromEntries(env), words: words.slice(end) };
}
