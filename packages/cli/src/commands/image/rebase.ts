/**
 * `teu image rebase`: an image put on another base, its own layers as they are.
 * @module
 */
import { ANNOTATION } from "@teu/spec/annotations";
import { type Image, openImage } from "@teu/content/mutate/image";
import { rebaseImage } from "@teu/content/mutate/rebase";
import { chooseManifest } from "@teu/content/platform-choice";
import type { Source } from "@teu/content/store";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { changeImages } from "./change.ts";
import { openPlace } from "./image-argument.ts";

/** Runs the command. */
export const imageRebase: Action = async (invocation, host) => {
  const [from = ""] = invocation.operands;
  const { signal } = host;
  const newBase = required(invocation.option("to"), "--to NEWBASE");
  const oldBase = invocation.option("from");
  await using to = await openPlace(newBase, invocation, host);
  await using old = await openPlace(oldBase ?? from, invocation, host);
  return await changeImages(
    from,
    async (image) => {
      const platform = platformOf(image);
      const oldRoot = oldBase === undefined ? await recordedBase(image, old.source) : old.root;
      return rebaseImage(image, {
        from: await imageFor(old.source, oldRoot, platform, signal),
        to: await imageFor(to.source, to.root, platform, signal),
        ...nameOf(invocation.option("base-name")),
      });
    },
    { invocation, host },
  );
};

function nameOf(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name };
}

// oxlint-disable-next-line eslint/max-params -- where, what, which, and until when
async function imageFor(store: Source, root: Descriptor, platform: Platform, signal: AbortSignal): Promise<Image> {
  return await openImage({ root: await chooseManifest(store, root, platform, { signal }), store }, { signal });
}

function platformOf({ config }: Image): Platform {
  const text = (field: string): string => (typeof config[field] === "string" ? config[field] : "");
  const variant = text("variant");
  return { os: text("os"), architecture: text("architecture"), ...(variant === "" ? {} : { variant }) };
}

/** The base that the image itself names, where it is in the same store. */
async function recordedBase(image: Image, source: Source): Promise<Descriptor> {
  const annotations = image.manifest["annotations"] as Readonly<Record<string, string>> | undefined;
  const digest = annotations?.[ANNOTATION.baseDigest];
  const found = digest === undefined ? undefined : await source.resolve(digest);
  return required(found, "--from OLDBASE");
}

function required<Value>(value: Value | undefined, what: string): Value {
  if (value !== undefined) return value;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Rebasing: the base is not known, expected ${what}`, {
    hint: "An image may name its base by the annotation org.opencontainers.image.base.digest",
  });
}
