/**
 * Opens the bases of images: those that the user names, and the defaults.
 * @module
 */
import type { BasePlan } from "@teu/build/plan/plan";
import { type Image, openImage } from "@teu/content/mutate/image";
import { chooseManifest } from "@teu/content/platform-choice";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { parseLocation } from "../../images/location.ts";
import { type OpenedSource, type Opener, openSource } from "../../images/open-image.ts";

/** What bases are opened with. */
export interface BaseContext {
  readonly opener: Opener;
  /** The folder of the cache. */
  readonly cache: string;
  readonly onNote: (text: string) => void;
}

/** Bases by platform, open until disposed of. */
export interface Bases extends AsyncDisposable {
  readonly image: (platform: Platform) => Promise<Image | undefined>;
}

/** Opens the bases of a plan, when they are asked for. */
export function openBases(plan: BasePlan, context: BaseContext): Bases {
  let opened: Promise<OpenedSource> | undefined;
  const image = async (platform: Platform): Promise<Image | undefined> => {
    if (plan.kind === "scratch") return undefined;
    if (plan.kind !== "named" || plan.reference === undefined) throw unnamed(plan);
    opened ??= openSource(parseLocation(plan.reference), context.opener);
    const { store, root } = await opened;
    const { signal } = context.opener.host;
    return await openImage({ root: await chooseManifest(store, root, platform, { signal }), store }, { signal });
  };
  const close = async (): Promise<void> => {
    const source = await opened?.catch(() => undefined);
    await source?.[Symbol.asyncDispose]();
  };
  return { image, [Symbol.asyncDispose]: close };
}

function unnamed(plan: BasePlan): TeuError {
  const wanted =
    plan.kind === "node"
      ? `Node.js ${plan.major}`
      : plan.kind === "python"
        ? `Python ${plan.version ?? "3"}`
        : "the program";
  return new TeuError(
    "ERR_BUILD_BASE",
    `Building the image: there is no base with ${wanted}, expected one to be named`,
    {
      hint: '--base IMAGE names one, or "base" in teu.build.json',
    },
  );
}
