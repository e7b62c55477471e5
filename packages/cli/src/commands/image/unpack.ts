/**
 * `teu image unpack`: an image as a directory, or as a bundle for a runtime.
 * @module
 */
import { resolve } from "node:path";
import { parseImagePlace } from "@teu/content/image-place";
import type { Image } from "@teu/content/mutate/image";
import { type IdMaps, type IdRange } from "@teu/layer/apply/id-map";
import { unpackBundle } from "@teu/layer/bundle/bundle";
import { findCollisions } from "@teu/layer/emit/list";
import { unpack } from "@teu/layer/unpack";
import { TeuError } from "@teu/std/error";
import { printable } from "@teu/std/redact";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { hasPolicies } from "../../policy/user-policies.ts";
import { type OpenedImage, openOneImage } from "./image-argument.ts";

/** Runs the command. */
export const imageUnpack: Action = async (invocation, host) => {
  const [text = "", folder = ""] = invocation.operands;
  await using opened = await openOneImage(text, invocation, host);
  await judgeUnpack(text, opened, host);
  await using decrypted = await decrypt(opened.image, invocation, host);
  const { image } = decrypted;
  const target = resolve(host.cwd, folder);
  const isRoot = process.geteuid?.() === 0 && !invocation.flag("rootless");
  const options = {
    signal: host.signal,
    privileged: isRoot,
    idMaps: idMapsOf(invocation),
    recordsOwners: invocation.flag("record-owners"),
    ...(isRoot ? {} : { rootless: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } }),
  };
  const unpacked = await (invocation.flag("bundle") ? unpackBundle : unpack)(image, target, options);
  for (const [what, count] of unpacked.omissions) host.note(`teu: left out: ${printable(what)} (${count})`);
  if (process.platform !== "linux") {
    for (const { folder: at, names } of findCollisions(unpacked.tree)) {
      host.note(`teu: names that may be one file here: ${printable(names.map((name) => `${at}/${name}`).join(", "))}`);
    }
  }
  host.note(`teu: unpacked ${unpacked.tree.entries} entries of ${image.layers.length} layers into ${target}`);
  return EXIT.ok;
};

/** The image, with its layers decrypted into a temporary place if keys are given. */
async function decrypt(
  image: Image,
  invocation: Invocation,
  host: Host,
): Promise<AsyncDisposable & { readonly image: Image }> {
  await using cleanup = new AsyncDisposableStack();
  if (invocation.options("decryption-key").length === 0) return { image, [Symbol.asyncDispose]: async () => {} };
  const { readDecrypters } = await import("../../images/encryption-keys.ts");
  const { decryptImage } = await import("@teu/trust/encryption/encrypt-image");
  const { ScratchPlace } = await import("./change.ts");
  const scratch = cleanup.use(new ScratchPlace({ kind: "dir", path: "" }, host));
  const unwrappers = await readDecrypters(invocation, host);
  const plain = await decryptImage(image, { unwrappers, signal: host.signal }, await scratch.open());
  const kept = cleanup.move();
  return { image: plain, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function judgeUnpack(text: string, { source, root, descriptor, name }: OpenedImage, host: Host): Promise<void> {
  if (!hasPolicies(host)) return;
  const { enforcePolicies } = await import("../../policy/enforce.ts");
  const { policySubject } = await import("../../policy/subject.ts");
  const location = parseImagePlace(text, "store");
  const subject = await policySubject(location, name, host);
  const isOwn = location.kind === "store";
  await enforcePolicies(host, { ...subject, source, root, manifest: descriptor, isOwn, moment: "unpack" });
}

function idMapsOf(invocation: Invocation): IdMaps | undefined {
  const uids = invocation.options("uid-map").map(rangeOf);
  const gids = invocation.options("gid-map").map(rangeOf);
  if (uids.length === 0 && gids.length === 0) return undefined;
  return { uids: uids.length === 0 ? undefined : uids, gids: gids.length === 0 ? undefined : gids };
}

/** @throws TeuError `ERR_USAGE` */
function rangeOf(text: string): IdRange {
  const [, containerId, hostId, size] = /^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(text) ?? [];
  if (size !== undefined) return { containerId: Number(containerId), hostId: Number(hostId), size: Number(size) };
  throw new TeuError<CliErrorCode>("ERR_USAGE", `The map "${text}" is not CONTAINER:HOST:SIZE, expected three numbers`);
}
