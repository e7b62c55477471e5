/**
 * Secrets that are handed to a command on its standard input, where no list of processes and no history of a shell shows them.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { collect } from "@teu/std/streams";
import type { CliErrorCode } from "./errors.ts";
import type { Host } from "./host.ts";

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * All of standard input, without the end of its last line.
 * @param command Whose secret it is, for messages.
 * @throws TeuError `ERR_USAGE` if there is nothing; `ERR_TOO_LARGE`.
 */
export async function readSecret(command: string, host: Host): Promise<string> {
  const { input = (async function* () {})(), signal } = host;
  const bytes = await collect(input, { maxBytes: MAX_SECRET_BYTES, what: "the secret", signal });
  const secret = new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
  if (secret !== "") return secret;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `${command}: standard input is empty, expected a secret`);
}
