/**
 * What people write for a place of images, `oci:DIR:TAG` and the like, taken apart.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-transports.5.md}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { ContentErrorCode } from "./errors.ts";

/** A place of images in files, and perhaps one image in it. */
export type FilePlace =
  | {
      readonly kind: "oci" | "oci-archive" | "docker-archive";
      readonly path: string;
      /** The tag, name or digest of an image at that path. Without this and `index` the only one is meant. */
      readonly tag?: string;
      /** Which image at that path, counted from zero. */
      readonly index?: number;
    }
  | { readonly kind: "dir"; readonly path: string };

/** A place of images. */
export type ImagePlace =
  | FilePlace
  /** At a registry; the name is as it was written. */
  | { readonly kind: "docker"; readonly name: string }
  /** In a store that teu keeps for the user. */
  | { readonly kind: "store"; readonly name: string };

/** A kind of place. */
export type PlaceKind = ImagePlace["kind"];

const FORMS: Readonly<Record<PlaceKind, string>> = {
  docker: "docker://NAME",
  store: "store:NAME",
  dir: "dir:DIR",
  oci: "oci:DIR[:TAG], oci:DIR@N",
  "oci-archive": "oci-archive:FILE[:TAG], oci-archive:FILE@N",
  "docker-archive": "docker-archive:FILE[:NAME], docker-archive:FILE:@N",
};

/**
 * Takes apart what stands for a place of images: `docker://NAME`, `store:NAME`, `dir:DIR`, `oci:DIR[:TAG]`,
 * `oci-archive:FILE[:TAG]` and `docker-archive:FILE[:NAME]`, of the last three also `@N`, and bare names of images. A path
 * with something behind it ends at its first colon, as other programs have it.
 * @param plain Where images with bare names are.
 * @throws TeuError `ERR_PLACE_INVALID`
 */
export function parseImagePlace(text: string, plain: "docker" | "store" = "docker"): ImagePlace {
  const [, word = "", rest = ""] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? [];
  const kind = Object.hasOwn(FORMS, word) ? (word as PlaceKind) : undefined;
  // No tag of an image looks like a path.
  if (kind === undefined && /^\.{0,2}\//.test(rest)) throw invalid(text, `"${word}" is no kind of place`);
  const isName = kind === undefined || (kind === "docker" && !rest.startsWith("//"));
  const place: ImagePlace = isName ? { kind: plain, name: text } : readPlace(kind, rest);
  const subject = "name" in place ? place.name : place.path;
  if (subject === "" || subject.includes("\0")) throw invalid(text, `expected ${FORMS[place.kind]}`);
  return place;
}

function readPlace(kind: PlaceKind, rest: string): ImagePlace {
  if (kind === "docker") return { kind, name: rest.slice(2) };
  if (kind === "store") return { kind, name: rest };
  return kind === "dir" ? { kind, path: rest } : { kind, ...splitPath(rest) };
}

function splitPath(rest: string): { readonly path: string; readonly tag?: string; readonly index?: number } {
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? "" : rest.slice(colon + 1);
  const counted = /^@([0-9]{1,6})$/.exec(tag);
  if (counted !== null) return { path, index: Number(counted[1]) };
  if (tag !== "") return { path, tag };
  const [, plain, index] = /^(.+)@([0-9]{1,6})$/.exec(path) ?? [];
  return plain === undefined ? { path } : { path: plain, index: Number(index) };
}

/** Tells whether a place is files. */
export function isFilePlace(place: ImagePlace): place is FilePlace {
  return place.kind !== "docker" && place.kind !== "store";
}

/**
 * Takes apart what stands for a place of files, as {@link parseImagePlace} does.
 * @throws TeuError `ERR_PLACE_INVALID`
 */
export function parseFilePlace(text: string): FilePlace {
  const place = parseImagePlace(text);
  if (isFilePlace(place)) return place;
  throw invalid(text, "expected a folder or an archive of images");
}

/** A place as people write it. */
export function formatImagePlace(place: ImagePlace): string {
  switch (place.kind) {
    case "docker":
      return `docker://${place.name}`;
    case "store":
      return `store:${place.name}`;
    case "dir":
      return `dir:${place.path}`;
    default: {
      const { kind, path, tag, index } = place;
      const end =
        tag === undefined ? (index === undefined ? "" : `${kind === "docker-archive" ? ":" : ""}@${index}`) : `:${tag}`;
      return `${kind}:${path}${end}`;
    }
  }
}

function invalid(text: string, problem: string): TeuError<ContentErrorCode> {
  const hint = `places are ${Object.values(FORMS).join(", ")}`;
  return new TeuError("ERR_PLACE_INVALID", `Reading the place ${JSON.stringify(text)}: ${problem}`, { hint });
}
