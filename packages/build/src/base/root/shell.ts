/**
 * Finds the commands of a shell script, so that each can be judged. Nothing is run and no value is worked out. What this does
 * not understand for sure, such as here-documents and arithmetic, is said to be so.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 * @module
 */

/** A command that a script may run. */
export interface ShellCommand {
  /** Its words without quotes; what is put in for variables stays as it is written. Empty where variables alone are set. */
  readonly words: readonly string[];
  /** Files that its output goes to, such as `/dev/null` or `&2`. */
  readonly outputs: readonly string[];
  /** The line that it begins on. */
  readonly text: string;
}

/** What a script consists of. */
export interface ShellScript {
  readonly commands: readonly ShellCommand[];
  /** Names of its own functions, whose commands are among the others. */
  readonly functions: ReadonlySet<string>;
}

/** Tells that a script has what is not understood. */
export class ShellUnknown extends Error {
  /** The line. */
  readonly text: string;

  constructor(text: string) {
    super(`not understood: ${text}`);
    this.text = text;
  }
}

const MAX_DEPTH = 20;
const OPENERS = new Set(["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "esac"]);

/**
 * Reads a script.
 * @throws ShellUnknown where it cannot be understood.
 */
export function readShell(script: string): ShellScript {
  const found = { commands: [] as ShellCommand[], functions: new Set<string>() };
  const reader = new Reader(script, found, 0);
  reader.readList("");
  return found;
}

interface Found {
  readonly commands: ShellCommand[];
  readonly functions: Set<string>;
}

/** A command while it is read. */
class Draft {
  readonly words: string[] = [];
  readonly outputs: string[] = [];
  assigns = false;
}

class Reader {
  readonly #text: string;
  readonly #found: Found;
  readonly #depth: number;
  #at = 0;
  #draft: Draft = new Draft();
  #start = 0;

  constructor(text: string, found: Found, depth: number) {
    this.#text = text;
    this.#found = found;
    this.#depth = depth;
    if (depth > MAX_DEPTH) throw this.unknown();
  }

  unknown(): ShellUnknown {
    const start = this.#text.lastIndexOf("\n", this.#at - 1) + 1;
    const end = this.#text.indexOf("\n", this.#at);
    return new ShellUnknown(this.#text.slice(start, end < 0 ? undefined : end).trim());
  }

  /** Reads commands up to `)`, `;;` or the end, which `closer` tells. */
  readList(closer: "" | ")" | ";;"): void {
    for (;;) {
      this.#skipBlanks();
      const rest = this.#text.slice(this.#at, this.#at + 2);
      if (rest === "" || (closer !== "" && rest.startsWith(closer)) || this.#isAtEsac(closer)) {
        this.#endCommand();
        if (rest === "" && closer !== "") throw this.unknown();
        if (rest.startsWith(closer)) this.#at += closer.length;
        return;
      }
      this.#readPart(rest);
    }
  }

  /** The last branch may go without its `;;`. */
  #isAtEsac(closer: string): boolean {
    return closer === ";;" && this.#isFresh() && /^esac(?![^\s;)&|])/.test(this.#text.slice(this.#at, this.#at + 5));
  }

  #readPart(rest: string): void {
    const first = rest.charAt(0);
    if (rest === "&&" || rest === "||") this.#separate(2);
    else if (first === "\n" || (first === ";" && rest !== ";;") || first === "|" || first === "&") this.#separate(1);
    else if (first === "(") this.#readParenthesis();
    else if (first === "<" || first === ">") this.#readRedirection();
    else if (rest === ";;" || first === ")") throw this.unknown();
    else this.#readAndTakeWord();
  }

  #readAndTakeWord(): void {
    const word = this.#readWord();
    const isNumberOfStream = /^\d+$/.test(word) && /[<>]/.test(this.#text.charAt(this.#at));
    if (!isNumberOfStream) this.#takeWord(word);
  }

  #separate(length: number): void {
    this.#endCommand();
    this.#at += length;
  }

  #skipBlanks(): void {
    for (;;) {
      const here = this.#text.charAt(this.#at);
      if (here === " " || here === "\t") this.#at += 1;
      else if (this.#text.startsWith("\\\n", this.#at)) this.#at += 2;
      else if (here === "#") this.#at = endOr(this.#text.indexOf("\n", this.#at), this.#text.length);
      else return;
    }
  }

  #isFresh(): boolean {
    return this.#draft.words.length === 0 && !this.#draft.assigns && this.#draft.outputs.length === 0;
  }

  #endCommand(): void {
    if (!this.#isFresh()) {
      const end = this.#text.indexOf("\n", this.#start);
      const text = this.#text.slice(this.#start, end < 0 ? undefined : end).trim();
      this.#found.commands.push({ words: this.#draft.words, outputs: this.#draft.outputs, text });
    }
    this.#draft = new Draft();
  }

  /** A subshell, or the definition of a function. */
  #readParenthesis(): void {
    this.#at += 1;
    const [name, ...others] = this.#draft.words;
    if (name === undefined && this.#isFresh()) {
      this.readList(")");
      return;
    }
    this.#skipBlanks();
    if (name === undefined || others.length > 0 || this.#text.charAt(this.#at) !== ")" || !/^\w+$/.test(name))
      throw this.unknown();
    this.#at += 1;
    this.#found.functions.add(name);
    this.#draft = new Draft();
  }

  #readRedirection(): void {
    if (this.#isFresh()) this.#start = this.#at;
    const [operator = ""] = /^(<<|<>|<&|<|>>|>&|>\||>)/.exec(this.#text.slice(this.#at, this.#at + 2)) ?? [];
    if (operator === "<<") throw this.unknown();
    this.#at += operator.length;
    this.#skipBlanks();
    const target = this.#readWord();
    if (operator === "<" || operator === "<&") this.#draft.assigns = true;
    else this.#draft.outputs.push(operator === ">&" ? `&${target}` : target);
  }

  #takeWord(word: string): void {
    const { words } = this.#draft;
    if (words.length > 0) words.push(word);
    else if (/^[A-Za-z_]\w*=/.test(word)) this.#draft.assigns = true;
    else if (word === "case") this.#readCase();
    else if (word === "for") this.#readFor();
    else if (!this.#draft.assigns && OPENERS.has(word)) return;
    else words.push(word);
  }

  #readFor(): void {
    this.#skipBlanks();
    if (!/^[A-Za-z_]\w*$/.test(this.#readWord())) throw this.unknown();
    for (;;) {
      this.#skipBlanks();
      const here = this.#text.charAt(this.#at);
      if (here === ";" || here === "\n") return;
      this.#readWord();
    }
  }

  #readCase(): void {
    this.#skipBlanks();
    this.#readWord();
    this.#skipLines();
    if (this.#readWord() !== "in") throw this.unknown();
    for (;;) {
      this.#skipLines();
      if (this.#text.charAt(this.#at) === "(") this.#at += 1;
      this.#skipBlanks();
      if (this.#readWord() === "esac") return;
      this.#skipPatterns();
      this.readList(";;");
    }
  }

  #skipPatterns(): void {
    for (;;) {
      this.#skipBlanks();
      const here = this.#text.charAt(this.#at);
      this.#at += 1;
      if (here === ")") return;
      if (here !== "|") throw this.unknown();
      this.#skipBlanks();
      this.#readWord();
    }
  }

  #skipLines(): void {
    for (;;) {
      this.#skipBlanks();
      if (this.#text.charAt(this.#at) !== "\n") return;
      this.#at += 1;
    }
  }

  /** A word without its quotes. */
  #readWord(): string {
    if (this.#isFresh()) this.#start = this.#at;
    const start = this.#at;
    let word = "";
    for (;;) {
      const here = this.#text.charAt(this.#at);
      if (here === "" || " \t\n;&|()<>".includes(here)) break;
      if (here === "'") word += this.#readTo("'");
      else if (here === '"') word += this.#readDoubleQuoted();
      else word += this.#readUnquoted(here);
    }
    if (this.#at === start) throw this.unknown();
    return word;
  }

  #readUnquoted(here: string): string {
    if (here === "$" || here === "`") return this.#readExpansion(here);
    this.#at += here === "\\" ? 2 : 1;
    return here === "\\" ? this.#text.charAt(this.#at - 1).replace("\n", "") : here;
  }

  #readTo(end: string): string {
    const from = this.#at + 1;
    const to = this.#text.indexOf(end, from);
    if (to < 0 || (end === "`" && this.#text.charAt(to - 1) === "\\")) throw this.unknown();
    this.#at = to + 1;
    return this.#text.slice(from, to);
  }

  #readDoubleQuoted(): string {
    this.#at += 1;
    let word = "";
    for (;;) {
      const here = this.#text.charAt(this.#at);
      if (here === "") throw this.unknown();
      if (here === '"') {
        this.#at += 1;
        return word;
      }
      if (here === "$" || here === "`") word += this.#readExpansion(here);
      else {
        this.#at += here === "\\" ? 2 : 1;
        word += this.#text.slice(this.#at - 1, this.#at);
      }
    }
  }

  /** What stands for something else: commands in it are found, and it is given as it is written. */
  #readExpansion(here: string): string {
    const start = this.#at;
    if (here === "`") this.#readInner(this.#readTo("`"));
    else if (/^\$(\(\(|')/.test(this.#text.slice(start, start + 3))) throw this.unknown();
    else if (this.#text.startsWith("$(", start)) this.#readSubstitution();
    else if (this.#text.startsWith("${", start)) this.#readParameter();
    else this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #readSubstitution(): void {
    const inner = new Reader(this.#text, this.#found, this.#depth + 1);
    inner.#at = this.#at + 2;
    inner.readList(")");
    this.#at = inner.#at;
  }

  #readInner(text: string): void {
    new Reader(text, this.#found, this.#depth + 1).readList("");
  }

  /** `${…}`, of which anything that could hold a command is not understood. */
  #readParameter(): void {
    const [all] = /^\$\{#?[\w@*#?$!-]+([^{}'`$\\\n]|\$\w+)*\}/.exec(this.#text.slice(this.#at, this.#at + 500)) ?? [];
    if (all === undefined) throw this.unknown();
    this.#at += all.length;
  }
}

function endOr(index: number, fallback: number): number {
  return index < 0 ? fallback : index;
}
