/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_LAYER_PATH:
    "The name of an entry in a layer, or the target of a hard link, is none that can be made below a root.",
  ERR_LAYER_PARENT: "An entry in a layer lies below something that is no directory.",
  ERR_LAYER_LINK: "A hard link in a layer names no file that is there, or a directory.",
  ERR_LAYER_LOOP: "Symbolic links in a layer lead to each other.",
  ERR_LAYER_ROOT: "A layer would remove the root directory or make it something else.",
  ERR_LAYER_WHITEOUT: "A layer has a whiteout that names nothing, or something below one.",
  ERR_LAYER_ENTRY: "A layer has an entry of a type that cannot be made.",
  ERR_LAYER_LIMIT: "A layer exceeds a limit. `detail.limit` names it, `detail.max` is its value.",
  ERR_LAYER_TYPE: "A layer of an image is of a media type that cannot be unpacked.",
  ERR_LAYER_OWNER: "The owner of an entry has no place in the map of ids.",
  ERR_APPLY: "Making a file of a layer failed. `cause` or `detail` says what the kernel answered.",
  ERR_HELPER: "The program teu-layer ended before its work was done, or could not be started.",
  ERR_TARGET_EXISTS: "The folder to unpack into is there already.",
  ERR_FILE_MISSING: "An image has no file at a path.",
  ERR_FILE_TYPE: "What an image has at a path has no content to show.",
  ERR_USER_UNKNOWN: "An image's user or group is not in its /etc/passwd or /etc/group.",
  ERR_BUNDLE_INVALID: "A folder is no bundle that can be packed again: its record is missing or damaged.",
  ERR_OVERLAY_INVALID:
    "A folder of overlayfs has what no layer can say: a renamed directory, or a file without its content.",
  ERR_TREE_CHANGED: "A file changed while it was packed.",
} as const;

/** A code of an error that this room throws. */
export type LayerErrorCode = keyof typeof ERRORS;
