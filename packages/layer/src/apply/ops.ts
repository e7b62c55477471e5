/**
 * What making a tree needs of a file system, as calls that an archive's entries turn into. The program `teu-layer` does
 * all of it; Node alone most of it. `ops.test.ts` holds both to what is said here.
 *
 * Folders and names are byte strings. The caller knows everything that is there, because it made it, and so never names
 * a folder that is none. A call may take effect later, in order; `drain` tells when, and what went wrong.
 * @module
 */
import type { TarTime } from "@teu/tar/entry";

/** Something new at a name. */
export type NewThing =
  | { readonly type: "directory" }
  /** A file that stays open for {@link TreeOps.write} until it is settled. */
  | { readonly type: "file" }
  | { readonly type: "symlink"; readonly target: string }
  /** A further name of the file at `path`, a folder and a name in it. */
  | { readonly type: "hard-link"; readonly folder: string; readonly name: string }
  | { readonly type: "character-device" | "block-device"; readonly major: number; readonly minor: number }
  | { readonly type: "fifo" };

/** Attributes to set; those that are left out stay as they are. */
export interface Attributes {
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Permissions; not for symbolic links. */
  readonly mode?: number | undefined;
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
  readonly mtime?: TarTime | undefined;
}

/** What an implementation may not be able to make. */
export type Lack = "devices" | "fifos" | "extended attributes";

/** Makes a tree below a folder that nobody else writes to. */
export interface TreeOps extends AsyncDisposable {
  /** What this implementation cannot make and must not be asked for. */
  readonly lacks: ReadonlySet<Lack>;
  /** Makes something where nothing is. Folders are made for their owner alone. */
  make(folder: string, name: string, thing: NewThing): void;
  /** Puts content into the open file, at or behind where the last call ended. `chunk` must stay as it is until it is released. */
  write(chunk: Uint8Array, offset: number): void;
  /** Takes `memory`, whose content has been written, to give it back when none of it is needed any more. */
  release(memory: Uint8Array): void;
  /**
   * Sets attributes, in an order in which none takes another back, and closes the open file if there is one.
   * @param size Of the open file, which may have a hole at its end.
   */
  settle(folder: string, name: string, attributes: Attributes, size?: number): void;
  /** Removes a file, or a folder that is empty. */
  remove(folder: string, name: string, isFolder: boolean): void;
  /**
   * Waits until there is room for more, and with `isLast` until everything is done.
   * @returns With `isLast`, what was left out because the file system cannot hold it, such as names of attributes
   * @throws TeuError `ERR_APPLY`, `ERR_HELPER`
   */
  drain(isLast?: boolean): Promise<readonly string[]>;
}
