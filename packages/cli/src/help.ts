/**
 * Help texts, made from the table of commands.
 * @module
 */
import type { Command, Option } from "./command.ts";

const HELP_OPTION: Option = { type: "boolean", short: "h", about: "Show this help" };

/** The list of all commands. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.filter(({ hidden }) => hidden !== true).map(({ name, summary }) => [name, summary] as const);
  return `teu: the Open Container Initiative in one command

usage: teu COMMAND [OPTION…] [OPERAND…]

commands:
${columns(rows)}

teu COMMAND --help tells more of one command; teu --version tells the version.
`;
}

/** The list of the commands that begin with one word. */
export function groupHelp(word: string, group: readonly Command[]): string {
  return `usage: teu ${word} COMMAND [OPTION…] [OPERAND…]

commands:
${columns(group.filter(({ hidden }) => hidden !== true).map(({ name, summary }) => [name, summary] as const))}

teu ${word} COMMAND --help tells more of one command.
`;
}

/** The help of one command. */
export function commandHelp({ name, summary, operands, options, about }: Command): string {
  const rows = Object.entries({ ...options, help: HELP_OPTION }).map(
    ([key, option]) => [optionWords(key, option), option.about] as const,
  );
  const usage = ["teu", name, "[OPTION…]", operands].filter((word) => word !== "").join(" ");
  return `${summary}

usage: ${usage}
${about === undefined ? "" : `\n${about}\n`}
options:
${columns(rows)}
`;
}

function optionWords(name: string, { short, value }: Option): string {
  return `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
