/**
 * Where an image is, as people write it: with the names of transports that skopeo and podman taught.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-transports.5.md}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { CliErrorCode } from "../errors.ts";

/** A place for images. */
export type Location =
  /** At a registry; the name is as it was written. */
  | { readonly kind: "docker"; readonly name: string }
  /** In teu's own store. */
  | { readonly kind: "store"; readonly name: string }
  /** In a folder or file, under a tag or without one. */
  | { readonly kind: "oci" | "oci-archive" | "docker-archive"; readonly path: string; readonly tag?: string }
  | { readonly kind: "dir"; readonly path: string };

/** A kind of place. */
export type LocationKind = Location["kind"];

/**
 * Reads a place.
 * @param plain The kind of a bare name.
 * @throws TeuError `ERR_USAGE`
 */
export function parseLocation(text: string, plain: "docker" | "store" = "docker"): Location {
  const [, kind = "", rest = ""] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? [];
  const form = FORMS[kind];
  if (form === undefined && /^\.{0,2}\//.test(rest)) throw unknownKind(text, kind);
  if (form === undefined) return { kind: plain, name: text };
  const location = rest === "" ? undefined : readLocation(kind, rest);
  if (location !== undefined) return location;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading the place "${text}": expected ${form}`);
}

/** No tag of an image looks like a path. */
function unknownKind(text: string, kind: string): TeuError<CliErrorCode> {
  const message = `Reading the place "${text}": "${kind}" is no kind of place`;
  return new TeuError("ERR_USAGE", message, { hint: `places are ${Object.values(FORMS).join(", ")}` });
}

function readLocation(kind: string, rest: string): Location | undefined {
  switch (kind) {
    case "docker":
      return rest.startsWith("//") && rest.length > 2 ? { kind, name: rest.slice(2) } : undefined;
    case "store":
      return { kind, name: rest };
    case "dir":
      return { kind, path: rest };
    case "oci":
    case "oci-archive":
    case "docker-archive":
      return { kind, ...splitTag(rest) };
    default:
      return undefined;
  }
}

const FORMS: Readonly<Record<string, string>> = {
  docker: "docker://NAME",
  store: "store:NAME",
  dir: "dir:FOLDER",
  oci: "oci:FOLDER[:TAG]",
  "oci-archive": "oci-archive:FILE[:TAG]",
  "docker-archive": "docker-archive:FILE[:NAME]",
};

/** The path ends at its first colon, as other programs have it; the rest, which may be a whole name, is the tag. */
function splitTag(text: string): { readonly path: string; readonly tag?: string } {
  const colon = text.indexOf(":");
  return colon < 0 ? { path: text } : { path: text.slice(0, colon), tag: text.slice(colon + 1) };
}
