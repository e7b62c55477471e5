/**
 * The keys that leave a container and let it go on.
 * @module
 */
import { wrongOption } from "@teu/engine/config/read-options";
import type { Invocation } from "../../command.ts";

/** The keys that `--detach-keys` names. @throws TeuError `ERR_CONTAINER_OPTION` */
export function keysOf(invocation: Invocation): Uint8Array {
  const text = invocation.option("detach-keys");
  const keys = readDetachKeys(text);
  if (keys === undefined) throw wrongOption("detach-keys", text ?? "", "keys such as ctrl-p,ctrl-q");
  return keys;
}

const CONTROL = 0x1f;

/** Keys such as `ctrl-p,ctrl-q` or `a`, as the bytes they are; undefined where they cannot be read. */
export function readDetachKeys(text: string = "ctrl-p,ctrl-q"): Uint8Array | undefined {
  if (text === "") return new Uint8Array(0);
  const bytes = text.split(",").map((key) => {
    const [, letter] = /^ctrl-([a-z@[\\\]^_])$/.exec(key) ?? [];
    if (letter !== undefined) return letter.toUpperCase().charCodeAt(0) & CONTROL;
    return /^[!-~]$/.test(key) ? key.charCodeAt(0) : -1;
  });
  return bytes.includes(-1) ? undefined : Uint8Array.from(bytes);
}
