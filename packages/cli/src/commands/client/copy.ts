/**
 * `teu copy`, `teu pull` and `teu push`: one copy with other places at its ends.
 * @module
 */
import { copy as copyGraph } from "@teu/content/copy";
import { chooseManifest } from "@teu/content/platform-choice";
import type { Platform } from "@teu/spec/platform";
import type { ImageEvidence } from "@teu/trust/policy/evidence";
import type { Action, Invocation } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { hostPlatform, numberOption, openRegistries, readPlatform } from "../../images/client.ts";
import { type Location, parseLocation } from "../../images/location.ts";
import { type OpenedSource, openSource, openTarget } from "../../images/open-image.ts";
import { showProgress } from "../../images/progress.ts";
import { hasPolicies } from "../../policy/user-policies.ts";

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
    moment: "pull",
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
  /** Lets policies decide. */
  readonly moment?: "pull";
}

async function move(from: Location, to: Location, moving: Moving): Promise<ExitCode> {
  const { invocation, host, choosesPlatform } = moving;
  using registries = openRegistries(invocation, host);
  await using source = await openSource(from, { registries, host });
  await using target = await openTarget(to, { registries, host }, source.name);
  const asked = invocation.options("platform").map(readPlatform);
  const [first] = asked;
  const one = choosesPlatform === true && asked.length <= 1 ? (first ?? hostPlatform()) : undefined;
  const evidence = moving.moment === undefined ? undefined : await judgePull(from, source, { host, platform: one });
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
  if (to.kind === "store" && evidence !== undefined) {
    const { keepWithImage } = await import("../../policy/enforce.ts");
    await keepWithImage(host, root, evidence);
  }
  progress[Symbol.dispose]();
  host.out(`${root.digest}\n`);
  return EXIT.ok;
}

async function judgePull(
  location: Location,
  { store, root, name }: OpenedSource,
  { host, platform = hostPlatform() }: { readonly host: Host; readonly platform: Platform | undefined },
): Promise<ImageEvidence | undefined> {
  // Most machines have no policy, and then nothing of an image has to be known.
  if (!hasPolicies(host)) return undefined;
  const { enforcePolicies } = await import("../../policy/enforce.ts");
  const { policySubject } = await import("../../policy/subject.ts");
  const manifest = await chooseManifest(store, root, platform, { signal: host.signal });
  const subject = await policySubject(location, name, host);
  return await enforcePolicies(host, {
    ...subject,
    source: store,
    root,
    manifest,
    isOwn: location.kind === "store",
    moment: "pull",
  });
}
