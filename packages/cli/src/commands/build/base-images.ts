/**
 * Opens the bases of images: those that the user names, and the defaults.
 * @module
 */
import type { BasePlan } from "@teu/build/plan/plan";
import { type Image, openImage } from "@teu/content/mutate/image";
import { chooseManifest } from "@teu/content/platform-choice";
import type { Platform } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { parseImagePlace } from "@teu/content/image-place";
import { type OpenedSource, type Opener, openSource } from "../../images/open-image.ts";
import type { DefaultBase, OpenedBase } from "../base/default-base.ts";

/** What bases are opened with. */
export interface BaseContext {
  readonly opener: Opener;
  /** The platforms that are built for. */
  readonly platforms: readonly Platform[];
  /** The folder of the application. */
  readonly application: string;
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
  let made: Promise<OpenedBase> | undefined;
  const standard = defaultOf(plan);
  const image = async (platform: Platform): Promise<Image | undefined> => {
    if (plan.kind === "scratch") return undefined;
    if (standard !== undefined) {
      made ??= makeDefault(standard, context);
      return await (await made).image(platform);
    }
    if (plan.kind !== "named" || plan.reference === undefined) throw unnamed();
    opened ??= openSource(parseImagePlace(plan.reference), context.opener);
    const { store, root } = await opened;
    const { signal } = context.opener.host;
    return await openImage({ root: await chooseManifest(store, root, platform, { signal }), store }, { signal });
  };
  const close = async (): Promise<void> => {
    const source = await opened?.catch(() => undefined);
    await source?.[Symbol.asyncDispose]();
    const base = await made?.catch(() => undefined);
    await base?.[Symbol.asyncDispose]();
  };
  return { image, [Symbol.asyncDispose]: close };
}

function defaultOf(plan: BasePlan): DefaultBase | undefined {
  if (plan.kind === "node") return { kind: "node", version: String(plan.major) };
  return plan.kind === "python" ? { kind: "python", version: plan.version } : undefined;
}

async function makeDefault(base: DefaultBase, { platforms, application, opener }: BaseContext): Promise<OpenedBase> {
  const { openDefaultBase } = await import("../base/default-base.ts");
  return await openDefaultBase(base, { platforms, application }, opener.host);
}

function unnamed(): TeuError {
  return new TeuError(
    "ERR_BUILD_BASE",
    "Building the image: nothing says what it is built on, expected a base to be named",
    {
      hint: '--base IMAGE names one, or "base" in teu.build.json',
    },
  );
}
