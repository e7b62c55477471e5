/**
 * How overlayfs marks in a layer's directory what hides files of the layers below: a character device 0:0 stands for a
 * whiteout, an attribute for an opaque directory.
 * @see {@link https://www.kernel.org/doc/html/v6.12/filesystems/overlayfs.html#whiteouts-and-opaque-directories}
 * @module
 */
import type { NewThing } from "./ops.ts";

/** `trusted` for mounts by root; `user` for those with the option `userxattr`, which anyone may make in a user namespace. */
export type OverlayStyle = "trusted" | "user";

/** Names of the attributes. */
export interface OverlayMarks {
  /** `y` on an opaque directory, `x` on one with files that {@link OverlayMarks.whiteout} makes whiteouts. */
  readonly opaque: string;
  /** On an empty file: it is a whiteout. Read only, and never written. */
  readonly whiteout: string;
  /** A directory that was renamed: its old path. */
  readonly redirect: string;
  /** A file that has the attributes only, with its content in a layer below. */
  readonly metacopy: string;
}

/** The marks of a style. */
export function overlayMarks(style: OverlayStyle): OverlayMarks {
  const name = (last: string): string => `${style}.overlay.${last}`;
  return {
    opaque: name("opaque"),
    whiteout: name("whiteout"),
    redirect: name("redirect"),
    metacopy: name("metacopy"),
  };
}

/** The value of the attribute of an opaque directory: `y`. */
export const OPAQUE_VALUE: Uint8Array = Uint8Array.of(0x79);

/** What hides a name. Linux lets everyone make it, since 5.8. */
export const OVERLAY_WHITEOUT: NewThing = { type: "character-device", major: 0, minor: 0 };
