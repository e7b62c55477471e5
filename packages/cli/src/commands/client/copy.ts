/**
 * `teu copy`, `teu pull` and `teu push`: one copy with other places at its ends.
 * @module
 */
import { copy as copyGraph } from "@teu/content/copy";
import type { Action, Invocation } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { hostPlatform, numberOption, openRegistries, readPlatform } from "../../images/client.ts";
import { type Location, parseLocation } from "../../images/location.ts";
import { openSource, openTarget } from "../../images/open-image.ts";
import { showProgress } from "../../images/progress.ts";

/** Runs `teu copy`. */
export const copy: Action = async (invocation, host) => {
  const [from = "", to = ""] = invocation.operands;
  return await move(parseLocation(from), parseLocation(to), { invocation, host });
};

/** Runs `teu pull`. */
export const pull: Action = async (invocation, host) => {
  const [image = "", to] = invocation.operands;
  const source = parseLocation(image);
  const name = source.kind === "docker" || source.kind === "store" ? source.name : image;
  return await move(source, to === undefined ? { kind: "store", name } : parseLocation(to, "store"), {
    invocation,
    host,
    // Docker's users expect the image that they can run.
    choosesPlatform: !invocation.flag("all-platforms"),
  });
};

/** Runs `teu push`. */
export const push: Action = async (invocation, host) => {
  const [image = "", to] = invocation.operands;
  const source = parseLocation(image, "store");
  const name = source.kind === "store" || source.kind === "docker" ? source.name : image;
  return await move(source, to === undefined ? { kind: "docker", name } : parseLocation(to), { invocation, host });
};

interface Moving {
  readonly invocation: Invocation;
  readonly host: Host;
  readonly choosesPlatform?: boolean;
}

async function move(from: Location, to: Location, { invocation, host, choosesPlatform }: Moving): Promise<ExitCode> {
  using registries = openRegistries(invocation, host);
  await using source = await openSource(from, { registries, host });
  await using target = await openTarget(to, { registries, host }, source.name);
  const asked = invocation.options("platform").map(readPlatform);
  const [first] = asked;
  const one = choosesPlatform === true && asked.length <= 1 ? (first ?? hostPlatform()) : undefined;
  using progress = showProgress(host, { quiet: invocation.flag("quiet") });
  const root = await copyGraph(source.store, target.store, source.root, {
    tags: target.tags,
    concurrency: numberOption(invocation, "jobs"),
    platform: one,
    platforms: one === undefined && asked.length > 0 ? asked : undefined,
    referrers: invocation.flag("referrers"),
    signal: host.signal,
    onEvent: progress.onEvent,
  });
  await target.finish();
  progress[Symbol.dispose]();
  host.out(`${root.digest}\n`);
  return EXIT.ok;
}
