/**
 * `teu images` and `teu rmi`.
 * @module
 */
import { listImages, removeImage } from "@teu/engine/images/image-store";
import { TeuError, isTeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { printJson, printTable, sizeText, wantsJson } from "../image/output.ts";
import { openEngine } from "./open-engine.ts";
import { since } from "./time-text.ts";

const SHORT_ID = 12;

/** Runs `teu images`. */
export const images: Action = async (invocation, host) => {
  const { folders } = openEngine(host);
  const [wanted] = invocation.operands;
  const all = await listImages(folders, host.signal);
  const rows = all.filter(({ name }) => wanted === undefined || name?.includes(wanted) === true);
  const idText = (id: string): string =>
    invocation.flag("no-trunc") ? id : id.replace(/^[a-z0-9]+:/, "").slice(0, SHORT_ID);
  if (invocation.flag("quiet")) for (const { id } of rows) host.out(`${idText(id)}\n`);
  else if (wantsJson(invocation)) printJson(host, rows);
  else {
    const cells = rows.map(({ name, id, created, bytes }) => [
      name?.replace(/:[^:/]+$/, "") ?? "<none>",
      /:([^:/]+)$/.exec(name ?? "")?.[1] ?? "<none>",
      idText(id),
      created === undefined ? "" : `${since(created)} ago`,
      sizeText(bytes),
    ]);
    printTable(host, ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"], cells);
  }
  return EXIT.ok;
};

/** Runs `teu rmi`. */
export const rmi: Action = async (invocation, host) => {
  const { folders } = openEngine(host);
  const force = invocation.flag("force");
  let exitCode: ExitCode = EXIT.ok;
  for (const text of invocation.operands) {
    try {
      for (const line of await removeImage(text, folders, { force, signal: host.signal })) host.out(`${line}\n`);
    } catch (error) {
      if (force && isTeuError(error, "ERR_IMAGE_UNKNOWN")) continue;
      if (!(error instanceof TeuError)) throw error;
      host.note(`teu: ${error.message}`);
      if (error.hint !== undefined) host.note(`teu: ${error.hint}`);
      exitCode = EXIT.failed;
    }
  }
  return exitCode;
};
