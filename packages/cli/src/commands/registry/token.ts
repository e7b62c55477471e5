/**
 * `teu registry token`: makes a token for a user, for programs that are to have no password.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { issueToken } from "@teu/registry-server/auth/authority";
import { parseHtpasswd } from "@teu/registry-server/auth/htpasswd";
import { TokenSigner } from "@teu/registry-server/auth/tokens";
import { readSigningKey } from "@teu/registry-server/operate/accounts";
import { parseScopes } from "@teu/spec/distribution/scope";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";

const DAY_SECONDS = 86_400;

/** Runs the command. */
export const token: Action = async (invocation, host) => {
  const [name = ""] = invocation.operands;
  const { config, folder, root } = await readPlace(invocation, host);
  if (config.users === undefined) throw wrong("a configuration without users");
  const users = parseHtpasswd(await readFile(resolve(folder, config.users), "utf8"), config.users);
  const hash = users.get(name);
  if (hash === undefined) throw wrong(`the name ${JSON.stringify(name)}, expected that of a user`);
  const days = Number(invocation.option("days") ?? 1);
  if (!Number.isInteger(days) || days < 1 || days > 366) throw wrong("--days, expected a number from 1 to 366");
  const signer = new TokenSigner(await readSigningKey({ folder, root }, config));
  const scopes = parseScopes(invocation.options("scope"));
  host.out(`${issueToken(signer, { user: name, hash, scopes, now: Date.now(), seconds: days * DAY_SECONDS })}\n`);
  return EXIT.ok;
};

function wrong(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `teu registry token got ${problem}`);
}
