/**
 * What the monitor of a container and its clients say to each other over a stream socket. A frame is a type of one byte,
 * the length of what follows as 32 bits (little-endian), and that.
 * @module
 */

export const HEAD_BYTES = 5;
/** Longest frame that a client may send, in bytes after the head. */
export const MAX_FRAME_BYTES: number = 64 * 1024;

/** To the monitor: bytes for the container's standard input. */
export const INPUT = 1;
/** To the monitor: the container's standard input ends. */
export const INPUT_END = 2;
/** To the monitor: the size of the terminal, two numbers of 16 bits: rows, columns. */
export const RESIZE = 3;
/** To the monitor: go on, the container may start. */
export const START = 4;
/** To the monitor: send me what the container writes. */
export const ATTACH = 5;
/** To the monitor: a person wants it stopped, so do not start it again. */
export const NO_RESTART = 6;
/** To the monitor: clean up as if no client had come. */
export const LEAVE = 7;
/** To the monitor: send the container this signal, a number of one byte; one that comes before the start waits for it. */
export const SIGNAL = 8;

/** To clients: the container is made and waits for {@link START}. */
export const CREATED = 16;
/** To clients: its program runs. */
export const STARTED = 17;
/** To clients: bytes of its standard output, or of its terminal. */
export const OUTPUT = 18;
/** To clients: bytes of its standard error. */
export const ERROR_OUTPUT = 19;
/** To clients: it has ended, and will not be started again. The exit code as 32 bits. */
export const ENDED = 20;
/** To clients: it could not be made or started. The runtime's log, or `monitor.log`, says why. */
export const FAILED = 21;
