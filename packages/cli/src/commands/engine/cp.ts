/**
 * `teu cp`.
 * @module
 */
import { resolve } from "node:path";
import { copyFiles } from "@teu/engine/containers/copy";
import { findContainer, lockContainer } from "@teu/engine/containers/record";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { openEngine } from "./open-engine.ts";

/** Runs the command. */
export const cp: Action = async (invocation, host) => {
  const [from = "", to = ""] = invocation.operands.map(splitPlace);
  if (typeof from === typeof to) {
    const message = "Reading the operands: expected one of them to be CONTAINER:PATH, and the other a path";
    throw new TeuError<CliErrorCode>("ERR_USAGE", message);
  }
  const inside = typeof from === "string" ? to : from;
  const outside = typeof from === "string" ? from : to;
  const { container, path } = inside as Place;
  const engine = openEngine(host);
  const record = findContainer(engine.folders, container);
  await using _lock = await lockContainer(engine.folders, record.id, host.signal);
  const text = outside as string;
  await copyFiles(engine, record, {
    direction: typeof from === "string" ? "in" : "out",
    hostPath: `${resolve(host.cwd, text)}${/\/\.?$/.test(text) ? text.slice(text.lastIndexOf("/")) : ""}`,
    containerPath: path,
    archive: invocation.flag("archive"),
  });
  return EXIT.ok;
};

interface Place {
  readonly container: string;
  readonly path: string;
}

/** A path of the host begins with a slash or a point, or has no colon. */
function splitPlace(text: string): Place | string {
  const colon = text.indexOf(":");
  if (colon <= 0 || text.startsWith("/") || text.startsWith(".")) return text;
  return { container: text.slice(0, colon), path: text.slice(colon + 1) || "/" };
}
