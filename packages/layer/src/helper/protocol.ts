/**
 * What the library and the program `teu-layer` say to each other. Both sides import this file.
 *
 * Numbers have the byte order of the machine that both run on, little. A text is a 16-bit length and so many bytes.
 * @module
 */

/** First bit of a frame's length: the frame is content of the open file, not commands. */
export const RAW_FRAME = 0x80000000;
/** Most bytes of a frame of commands. */
export const MAX_FRAME_BYTES: number = 1024 * 1024;
/** Asked size of the pipe. */
export const PIPE_BYTES: number = 1024 * 1024;

/** What follows is in this folder: path. */
export const FOLDER = 1;
/** Make a folder: name. */
export const MAKE_FOLDER = 2;
/** Make a file and keep it open: name. */
export const MAKE_FILE = 3;
/** Make a symbolic link: name, target. */
export const MAKE_SYMLINK = 4;
/** Make a further name of a file: name, path of the folder of the other name, other name. */
export const MAKE_LINK = 5;
/** Make a device or fifo: name, 32 bits each of mode with type, major, minor. */
export const MAKE_NODE = 6;
/** Content of the open file: 32-bit length, bytes. */
export const WRITE = 7;
/** Go on in the open file behind a hole: double, length of the hole. */
export const SKIP = 8;
/** Set the open file's length: double. */
export const LENGTH = 9;
/** Set attributes of the open file and close it, or of a name: name, empty for the open file or the folder; attributes. */
export const SETTLE = 10;
/** Remove a file: name. */
export const REMOVE_FILE = 11;
/** Remove an empty folder: name. */
export const REMOVE_FOLDER = 12;
/** All is done: the program reports and ends well. */
export const END = 13;

/** Attributes begin with a byte of these, then 32 bits each of uid, gid and mode, a double of seconds, 32 bits of nanoseconds, 16 bits of the number of extended attributes; each of them is a text, a 32-bit length and so many bytes. */
export const HAS_OWNER = 1;
export const HAS_MODE = 2;
export const HAS_TIME = 4;

/** A record of a scan: the folder that the entries behind it are in. Path. */
export const SCANNED_FOLDER = 1;
/** A record of a scan: 13 doubles of stat, name, target of a symbolic link, 16-bit number of extended attributes, each as above. */
export const SCANNED_ENTRY = 2;
/** The last record of a scan. */
export const SCANNED_END = 3;
