/**
 * What the commands that talk to registries have in common: their options, and the user's registries by these.
 * @module
 */
import { UserRegistries } from "@teu/registry-client/user-registries";
import { type Platform, parsePlatform, platformOfNode } from "@teu/spec/platform";
import { type Reference, formatReference } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { Invocation } from "../command.ts";
import type { CliErrorCode } from "../errors.ts";
import type { Host } from "../host.ts";

/** The user's registries, as the options of an invocation want them. `insecure` names hosts besides. */
export function openRegistries(
  invocation: Invocation,
  host: Host,
  { insecure = [] }: { readonly insecure?: readonly string[] } = {},
): UserRegistries {
  return new UserRegistries({
    env: host.env,
    signal: host.signal,
    insecure: [...invocation.options("insecure"), ...insecure],
    choose: async (name, candidates) => await chooseImage(name, candidates, host),
    onWarning: (text, from) => host.note(`teu: warning of ${from}: ${text}`),
    onMessage: (message) => host.note(`teu: ${message}`),
    repository: {
      chunkBytes: numberOption(invocation, "chunk-size"),
      parallelRanges: numberOption(invocation, "parallel-ranges"),
      foreignUrls: invocation.flag("foreign-urls"),
      pushRestricted: invocation.flag("push-restricted"),
    },
  });
}

/** Asks at a terminal which image is meant. */
async function chooseImage(
  name: string,
  candidates: readonly Reference[],
  { terminal, note }: Host,
): Promise<Reference | undefined> {
  if (terminal?.canAsk() !== true) return undefined;
  for (const [at, each] of candidates.entries()) note(`${at + 1}: ${formatReference(each)}`);
  const answer = await terminal.ask(`Which of these is "${name}"? `, { secret: false });
  const chosen = candidates[Number(answer.trim()) - 1];
  if (chosen !== undefined) return chosen;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Choosing "${name}": expected a number up to ${candidates.length}`);
}

/**
 * The value of an option that is a whole number above zero; nothing if it is not given.
 * @throws TeuError `ERR_USAGE`
 */
export function numberOption(invocation: Invocation, name: string): number | undefined {
  const text = invocation.option(name);
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Reading option --${name} "${text}": expected a whole number above zero`,
  );
}

/** What this machine runs. */
export function hostPlatform(): Platform {
  return platformOfNode(process.platform === "linux" ? "linux" : process.platform, process.arch);
}

/** Reads a platform such as `linux/arm64`. */
export function readPlatform(text: string): Platform {
  return parsePlatform(text, hostPlatform());
}

/** Reads `NAME=VALUE` texts. @throws TeuError `ERR_USAGE` */
export function readPairs(texts: readonly string[], option: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading option --${option} "${text}": expected NAME=VALUE`);
    }),
  );
}
