/**
 * `teu image gc`: removes what no name of a layout leads to.
 * @module
 */
import { resolve } from "node:path";
import { parseImagePlace } from "@teu/content/image-place";
import { collectGarbage } from "@teu/content/layout-gc";
import { openLayout } from "@teu/content/layout-store";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { storeFolder } from "../../images/open-image.ts";
import { printJson, sizeText, wantsJson } from "./output.ts";

/** Runs the command. */
export const imageGc: Action = async (invocation, host) => {
  const json = wantsJson(invocation);
  const dryRun = invocation.flag("dry-run");
  await using layout = await openLayout(folderOf(invocation.operands[0], host));
  const graceMs = secondsOption(invocation, "grace");
  const { removed, partBytes, kept } = await collectGarbage(layout, {
    dryRun,
    signal: host.signal,
    ...(graceMs === undefined ? {} : { graceMs, partGraceMs: graceMs }),
  });
  if (json) {
    printJson(host, { removed, partBytes, kept, dryRun });
    return EXIT.ok;
  }
  for (const { digest, size } of removed) host.out(`${digest} ${sizeText(size)}\n`);
  const bytes = removed.reduce((sum, { size }) => sum + size, partBytes);
  host.note(`teu: ${dryRun ? "would remove" : "removed"} ${removed.length} contents, ${sizeText(bytes)}; ${kept} stay`);
  return EXIT.ok;
};

/** @throws TeuError `ERR_USAGE` */
function folderOf(text: string | undefined, host: Host): string {
  if (text === undefined || text === "store:") return storeFolder(host);
  const location = parseImagePlace(text, "store");
  if (location.kind === "oci") return resolve(host.cwd, location.path);
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Collecting in "${text}": it is no layout, expected oci:DIR or nothing for the store`,
  );
}

/** A number of seconds, in milliseconds. @throws TeuError `ERR_USAGE` */
function secondsOption(invocation: Invocation, name: string): number | undefined {
  const text = invocation.option(name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading option --${name} "${text}": expected a number of seconds`);
}
