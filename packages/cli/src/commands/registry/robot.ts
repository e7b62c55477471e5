/**
 * `teu registry robot`: makes the secret of a robot, and the line of the configuration that knows it.
 * @module
 */
import { randomBytes } from "node:crypto";
import { hashSecret } from "@teu/registry-server/auth/accounts";
import { isUserName } from "@teu/registry-server/auth/htpasswd";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";

const SECRET_BYTES = 32;
const DAY_MS = 86_400_000;

/** Runs the command. The secret is the result; it is kept nowhere. */
export const robot: Action = async (invocation, host) => {
  const [name = ""] = invocation.operands;
  if (!isUserName(name)) throw wrong(`the name ${JSON.stringify(name)}, expected one without spaces and colons`);
  const days = invocation.option("days");
  if (days !== undefined && !/^[1-9][0-9]{0,4}$/.test(days)) throw wrong("--days, expected a number from 1 to 99999");
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const end =
    days === undefined ? "" : `, expires: ${new Date(Date.now() + Number(days) * DAY_MS).toISOString().slice(0, 10)}`;
  host.out(`${secret}\n`);
  host.note(
    `For robots in the configuration:\n  - { name: ${JSON.stringify(name)}, secretHash: "${hashSecret(secret)}"${end} }`,
  );
  return EXIT.ok;
};

function wrong(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `teu registry robot got ${problem}`);
}
