/**
 * `teu registry user`: adds, changes or removes a user in the file of users. The password comes from standard input.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatHtpasswd, isUserName, parseHtpasswd } from "@teu/registry-server/auth/htpasswd";
import { hashPassword } from "@teu/registry-server/auth/hash-password";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { readSecret } from "../../secret-input.ts";
import { readPlace } from "./place.ts";

/** Runs the command. */
export const user: Action = async (invocation, host) => {
  const [name = ""] = invocation.operands;
  if (!isUserName(name)) throw wrong(`the name ${JSON.stringify(name)}, expected one without spaces and colons`);
  const file = await usersFile(invocation, host);
  const users = new Map(parseHtpasswd(await readIfThere(file), file));
  const removes = invocation.flag("remove");
  if (removes && !users.delete(name))
    throw wrong(`the name ${JSON.stringify(name)}, expected that of a user in ${file}`);
  if (!removes) users.set(name, await hashPassword(await readSecret("teu registry user", host)));
  await writeFileAtomic(file, formatHtpasswd(users), { mode: 0o600 });
  host.note(`${removes ? "Removed" : "Wrote"} user ${name}; a registry that is served reads it on SIGHUP`);
  return EXIT.ok;
};

async function usersFile(invocation: Invocation, host: Host): Promise<string> {
  const given = invocation.option("users");
  if (given !== undefined) return resolve(host.cwd, given);
  const { config, folder } = await readPlace(invocation, host);
  if (config.users === undefined) throw wrong("no file of users, expected --users or users in the configuration");
  return resolve(folder, config.users);
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

function wrong(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `teu registry user got ${problem}`);
}
