/**
 * `teu copy`, `teu pull` and `teu push`: one copy with other places at its ends.
 * @module
 */
import { availableParallelism } from "node:os";
import { copy as copyGraph } from "@teu/content/copy";
import { type ImagePlace, formatImagePlace, isFilePlace, parseImagePlace } from "@teu/content/image-place";
import type { Graph } from "@teu/content/overlay";
import { chooseManifest } from "@teu/content/platform-choice";
import { isLoopback } from "@teu/registry-client/find-base";
import type { Platform } from "@teu/spec/platform";
import { formatReference, parseReference, withTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { ImageEvidence } from "@teu/trust/policy/evidence";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { hostPlatform, numberOption, openRegistries, readPlatform } from "../../images/client.ts";
import { type OpenedSource, openSource, openTarget } from "../../images/open-image.ts";
import { showProgress } from "../../images/progress.ts";
import { hasPolicies } from "../../policy/user-policies.ts";

/** Runs `teu copy`. */
export const copy: Action = async (invocation, host) => {
  const [from = "", to = ""] = invocation.operands;
  return await move(parseImagePlace(from), parseImagePlace(to), { invocation, host, tags: invocation.options("tag") });
};

/** Runs `teu pull`. */
export const pull: Action = async (invocation, host) => {
  const [image = "", to] = invocation.operands;
  const source = parseImagePlace(image);
  const name = isFilePlace(source) ? image : source.name;
  return await move(source, to === undefined ? { kind: "store", name } : parseImagePlace(to, "store"), {
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
  const source = parseImagePlace(image, "store");
  const name = isFilePlace(source) ? image : source.name;
  return await move(source, to === undefined ? { kind: "docker", name } : parseImagePlace(to), {
    invocation,
    host,
    tags: invocation.options("tag"),
  });
};

interface Moving {
  readonly invocation: Invocation;
  readonly host: Host;
  /** Which the image gets besides the one in its name. */
  readonly tags?: readonly string[];
  readonly choosesPlatform?: boolean;
  /** Lets policies decide. */
  readonly moment?: "pull";
}

async function move(from: ImagePlace, to: ImagePlace, moving: Moving): Promise<ExitCode> {
  const { invocation, host, choosesPlatform } = moving;
  using registries = openRegistries(invocation, host);
  await using source = await openSource(from, { registries, host });
  await using target = await openTarget(to, { registries, host }, source.name);
  const asked = invocation.options("platform").map(readPlatform);
  const [first] = asked;
  const one = choosesPlatform === true && asked.length <= 1 ? (first ?? hostPlatform()) : undefined;
  const evidence = moving.moment === undefined ? undefined : await judgePull(from, source, { host, platform: one });
  await using crypted = await crypt(source, to, { ...moving, platform: one });
  using progress = showProgress(host, { quiet: invocation.flag("quiet") });
  const root = await copyGraph(crypted.store, target.store, crypted.root, {
    tags: [...target.tags, ...furtherNames(to, moving.tags ?? [])],
    concurrency: numberOption(invocation, "jobs") ?? usualJobs(to),
    platform: one,
    platforms: one === undefined && asked.length > 0 ? asked : undefined,
    referrers: invocation.flag("referrers"),
    signal: host.signal,
    onEvent: progress.onEvent,
  });
  await target.finish(root);
  if (to.kind === "store" && evidence !== undefined) {
    const { forDecrypted, keepWithImage } = await import("../../policy/enforce.ts");
    const isChanged = crypted.root.digest !== source.root.digest && invocation.options("decryption-key").length > 0;
    await keepWithImage(host, root, isChanged ? await forDecrypted(evidence, source) : evidence);
  }
  progress[Symbol.dispose]();
  host.out(`${root.digest}\n`);
  return EXIT.ok;
}

/** What an image is called at a place with these tags. */
function furtherNames(to: ImagePlace, tags: readonly string[]): readonly string[] {
  if (tags.length === 0) return [];
  if (to.kind === "oci" || to.kind === "oci-archive") return tags;
  const reference = "name" in to ? parseReference(to.name) : undefined;
  if (reference === undefined || reference.digest !== undefined) {
    const message = `Giving tags to "${formatImagePlace(to)}": expected a place with tags, and no digest in its name`;
    throw new TeuError<CliErrorCode>("ERR_USAGE", message);
  }
  return tags.map((tag) => (to.kind === "store" ? formatReference(withTag(reference, tag)) : tag));
}

/**
 * How many contents are pushed at a time, where nobody says. A registry on this machine shares its processors with us: more
 * streams than there are of those get into each other's way.
 */
function usualJobs(to: ImagePlace): number | undefined {
  if (to.kind !== "docker" || !isLoopback(parseReference(to.name).host)) return undefined;
  return Math.max(LEAST_JOBS, availableParallelism());
}

const LEAST_JOBS = 2;

interface Crypting extends Moving {
  readonly platform: Platform | undefined;
}

/** What is to be copied: encrypted or decrypted, if keys are given. */
async function crypt(source: OpenedSource, to: ImagePlace, crypting: Crypting): Promise<Graph & AsyncDisposable> {
  const { invocation, host, platform } = crypting;
  const keys = ["encryption-key", "decryption-key"].filter((name) => invocation.options(name).length > 0);
  if (keys.length === 0) return { ...source, [Symbol.asyncDispose]: async () => {} };
  if (invocation.flag("referrers")) {
    const message = `Copying with --${keys.join(" and --")}: --referrers is given, but nothing refers to what is made`;
    throw new TeuError<CliErrorCode>("ERR_USAGE", message);
  }
  const { cryptGraph } = await import("../image/crypt.ts");
  const { ScratchPlace } = await import("../image/change.ts");
  const root =
    platform === undefined
      ? source.root
      : await chooseManifest(source.store, source.root, platform, { signal: host.signal });
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(new ScratchPlace(to, host));
  const graph = await cryptGraph({ root, store: source.store }, () => scratch.open(), crypting);
  const kept = cleanup.move();
  return { ...graph, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function judgePull(
  location: ImagePlace,
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
