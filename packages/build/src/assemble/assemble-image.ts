/**
 * Puts an image together: a base that is never unpacked, layers on top of it, and what the plan says of its containers.
 * @module
 */
import { editConfig, annotateImage, changeContainer } from "@teu/content/mutate/config-edit";
import { writeObject, withFields } from "@teu/content/mutate/document";
import { type Image, openImage } from "@teu/content/mutate/image";
import { appendLayers } from "@teu/content/mutate/layer-edit";
import { nameBytes, overlay, union } from "@teu/content/overlay";
import { OCI_CONFIG, OCI_MANIFEST } from "@teu/spec/media-types";
import { type Platform, formatPlatform, normalisePlatform } from "@teu/spec/platform";
import { formatRfc3339 } from "@teu/std/time";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { ConfigPlan } from "../plan/plan.ts";
import type { MadeLayer } from "./layer-maker.ts";

/** An image without layers. */
export async function emptyImage({ os, architecture, variant }: Platform): Promise<Image> {
  const document = {
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    rootfs: { type: "layers", diff_ids: [] },
  };
  const config = nameBytes(writeObject(document), { mediaType: OCI_CONFIG });
  const fields = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: config.descriptor, layers: [] };
  const manifest = nameBytes(writeObject(fields), { mediaType: OCI_MANIFEST });
  return await openImage({ root: manifest.descriptor, store: overlay([config, manifest], union([])) });
}

/** @throws TeuError `ERR_BUILD_BASE` if a base is for another platform. */
export function checkBase(base: Image, platform: Platform): void {
  const { os, architecture, variant } = base.config;
  const actual = {
    os: typeof os === "string" ? os : "",
    architecture: typeof architecture === "string" ? architecture : "",
    ...(typeof variant === "string" ? { variant } : {}),
  };
  const [is, wanted] = [normalisePlatform(actual), normalisePlatform(platform)];
  if (is.os === wanted.os && is.architecture === wanted.architecture && (wanted.variant ?? is.variant) === is.variant)
    return;
  throw new TeuError<BuildErrorCode>(
    "ERR_BUILD_BASE",
    `Building for ${formatPlatform(platform)}: base "${base.descriptor.digest}" is for ${formatPlatform(is)}`,
    {
      hint: "Name a base that has this platform, or another platform",
    },
  );
}

/** What goes on top of a base. */
export interface Addition {
  readonly platform: Platform;
  readonly layers: readonly MadeLayer[];
  readonly config: ConfigPlan;
  /** In seconds since 1970. */
  readonly createdSeconds: number;
  /** Whether there is a base to be named. */
  readonly hasBase: boolean;
}

/** Puts an image together. */
export function assembleImage(base: Image, addition: Addition): Image {
  const created = formatRfc3339({ seconds: addition.createdSeconds, nanoseconds: 0 });
  const layers = addition.layers.map((layer) => ({
    descriptor: layer.descriptor,
    diffId: layer.diffId,
    store: layer.store,
    history: { created, created_by: `teu build: ${layer.title}` },
  }));
  const image = setContainer(appendLayers(base, layers), addition.config);
  const dated = editConfig(image, (config) => withFields(config, { created }));
  // What the base says of itself is not true of this image.
  const inherited = Object.keys(annotationsOf(base)).filter((name) => name.startsWith("org.opencontainers.image."));
  const annotations = {
    ...Object.fromEntries(inherited.map((name) => [name, null])),
    ...Object.fromEntries(
      Object.entries(addition.config.labels).filter(([name]) => name.startsWith("org.opencontainers.image.")),
    ),
    ...(addition.hasBase ? { "org.opencontainers.image.base.digest": base.descriptor.digest } : {}),
  };
  const { mediaType, digest, size } = dated.descriptor;
  return annotateImage({ ...dated, descriptor: { mediaType, digest, size, platform: addition.platform } }, annotations);
}

function annotationsOf({ manifest }: Image): Readonly<Record<string, unknown>> {
  const { annotations } = manifest;
  return typeof annotations === "object" && annotations !== null
    ? (annotations as Readonly<Record<string, unknown>>)
    : {};
}

function setContainer(image: Image, plan: ConfigPlan): Image {
  const program = nodeOf(image);
  const fit = (words: readonly string[]): readonly string[] =>
    program !== undefined && words[0] === "node" ? [program, ...words.slice(1)] : words;
  return changeContainer(image, {
    user: plan.user,
    workingDir: plan.workdir,
    entrypoint: plan.entrypoint.length === 0 ? null : fit(plan.entrypoint),
    cmd: plan.cmd.length === 0 ? null : fit(plan.cmd),
    stopSignal: plan.stopSignal,
    env: { PATH: pathOf(image), ...plan.env },
    labels: plan.labels,
    exposedPorts: Object.fromEntries(
      plan.ports.map((port) => [port.includes("/") ? port : `${port}/tcp`, true as const]),
    ),
  });
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function pathOf(image: Image): string {
  const env: unknown = Object(image.config["config"]).Env ?? [];
  const line = Array.isArray(env) ? env.find((one) => typeof one === "string" && one.startsWith("PATH=")) : undefined;
  return typeof line === "string" ? line.slice("PATH=".length) : DEFAULT_PATH;
}

/** The path of node in a base that is made to start it, which need not be on its PATH. */
function nodeOf(image: Image): string | undefined {
  const entrypoint: unknown = Object(image.config["config"]).Entrypoint;
  const only: unknown = Array.isArray(entrypoint) && entrypoint.length === 1 ? entrypoint[0] : undefined;
  return typeof only === "string" && only.startsWith("/") && only.endsWith("/node") ? only : undefined;
}
