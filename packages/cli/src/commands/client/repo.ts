/**
 * `teu repo ls`, `teu repo tags` and `teu repo rm`.
 * @module
 */
import { formatName, parseReference } from "@teu/spec/reference";
import { stringifyJson } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openRegistries } from "../../images/client.ts";
import { wantsJson } from "../image/output.ts";

/** Runs `teu repo ls`. */
export const list: Action = async (invocation, host) => {
  const [registry = ""] = invocation.operands;
  using registries = openRegistries(invocation, host);
  const names = (await registries.registry(registry)).repositories({ signal: host.signal });
  await print(names, invocation, host);
  return EXIT.ok;
};

/** Runs `teu repo tags`. */
export const tags: Action = async (invocation, host) => {
  const [name = ""] = invocation.operands;
  using registries = openRegistries(invocation, host);
  const [reference = parseReference(name)] = await registries.candidates(name);
  const source = await registries.source(reference);
  const count = await print(source.tags({ signal: host.signal }), invocation, host);
  if (count > 0) return EXIT.ok;
  host.note(`teu: there are no tags of ${formatName(reference)}`);
  return EXIT.failed;
};

/** Prints names, and tells how many there were. */
async function print(names: AsyncIterable<string>, invocation: Invocation, host: Host): Promise<number> {
  if (wantsJson(invocation)) {
    const all = await Array.fromAsync(names);
    host.out(`${stringifyJson(all)}\n`);
    return all.length;
  }
  let count = 0;
  for await (const name of names) {
    host.out(`${printable(name)}\n`);
    count += 1;
  }
  return count;
}

/** Runs `teu repo rm`. */
export const remove: Action = async (invocation, host) => {
  using registries = openRegistries(invocation, host);
  let removed = 0;
  for (const name of invocation.operands) {
    const reference = parseReference(name);
    const repository = await registries.target(reference);
    const { digest, tag } = reference;
    if (digest === undefined && tag === undefined) throw wholeRepository(formatName(reference));
    const isGone =
      digest === undefined
        ? await repository.untag(tag ?? "", { signal: host.signal })
        : await repository.delete(digest, { signal: host.signal });
    if (isGone) removed += 1;
    host.note(isGone ? `Removed ${name}` : `teu: there is no ${name}`);
  }
  return removed === invocation.operands.length ? EXIT.ok : EXIT.failed;
};

function wholeRepository(name: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `Removing "${name}": expected a tag or a digest behind the name`, {
    hint: "Registries have no way to remove a whole repository; remove its tags, or its manifests by digest",
  });
}
