/**
 * The C wrappers of `packages/cli/native`: each returns >= 0, or the negated errno.
 * Written by `tools/native/build.ts` from the C signatures; the other modules of this folder's parent wrap them.
 * @module
 */
/* oxlint-disable eslint/max-params, unicorn/require-module-specifiers -- the shapes of the calls */
declare global {
  /** Begins a hash; returns its number. */
  function sys_hash_begin(algorithm: string): number;
  function sys_hash_update(hash: number, bytes: Uint8Array): number;
  /** Begins to hash bytes in another thread; -EBUSY where that cannot be. They stay as they are until sys_hash_join of the number
   * that is returned. */
  function sys_hash_start(hash: number, bytes: Uint8Array): number;
  /** Waits until what was begun under a number is hashed. */
  function sys_hash_join(number: number): number;
  /** Ends a hash; fills `out`, which has room for 64 bytes, and returns how many it has. */
  function sys_hash_end(hash: number, out: Uint8Array): number;
  /** Whether (1 or 0) a signature of `data` is good; `key` is a SubjectPublicKeyInfo. -EINVAL for a key that cannot be read. */
  function sys_verify(algorithm: string, key: Uint8Array, data: Uint8Array, signature: Uint8Array): number;
  /** Becomes another program, found as a shell does, with the same environment; every item of argv ends in NUL. Returns only when it fails. */
  function sys_become(path: string, argv: string): number;
  /** Gives every NAME=VALUE of the environment. */
  function sys_environment(each: (text: string) => void): number;
  /** Gives bytes as text; -EILSEQ where they are not UTF-8 and `strict` is 1, otherwise with U+FFFD in their place. */
  function sys_utf8(bytes: Uint8Array, strict: number, each: (text: string) => void): number;
  /** Fills `out` with a text in UTF-8; returns how many bytes that takes, also where there is no room for them. */
  function sys_utf8_bytes(text: string, out: Uint8Array): number;
  /** Gives bytes as text of one character each. */
  function sys_latin1(bytes: Uint8Array, each: (text: string) => void): number;
  /** Gives bytes as text of two digits each. */
  function sys_hex(bytes: Uint8Array, each: (text: string) => void): number;
  /** How many processors the process may use. */
  function sys_processors(): number;
  function sys_random(out: Uint8Array): number;
  /** Reads from `position` of a file. */
  function sys_pread(fd: number, buffer: Uint8Array, position: number): number;
  /** Writes at `position` of a file. */
  function sys_pwrite(fd: number, buffer: Uint8Array, position: number): number;
  /** Fills eleven doubles: mode, uid, gid, device, inode, device number of a device file, size, links, and the times of the last
   * change of content and of the inode and of birth, in milliseconds. */
  function sys_file_facts(dir: number, path: string, flags: number, out: Uint8Array): number;
  /** Locks (1 shared, 2 alone) or frees (0) a part of a file for this descriptor; -EAGAIN where others hold it. */
  function sys_lock_range(fd: number, lock: number, from: number, size: number): number;
  /** Gives a file the present time. */
  function sys_touch(path: string): number;
  /** SIGINT and SIGTERM come to the descriptor that is returned; a reader that has left ends nothing. */
  function sys_watch_signals(): number;
  /** The number of a signal that has come; -EAGAIN where none has. */
  function sys_read_signal(fd: number): number;
  /** Signals are again as they were at the start. */
  function sys_forget_signals(): number;
  /** Begins to bring a file to the disk, or begins (1) only to write it there; returns a descriptor that can be read once that
   * has ended. */
  function sys_sync_begin(fd: number, onlyBegins: number): number;
  /** Ends it: 0, or what bringing the file to the disk failed with. */
  function sys_sync_end(told: number): number;
  /** Fills three doubles: the size of a block of the file system of a path, and how many it has and how many are free to use. */
  function sys_disk_space(path: string, out: Uint8Array): number;
  /** Gives the addresses that a name stands for, the preferred one first; returns 0, or the negated EAI_ number less 1000. */
  function sys_resolve(name: string, each: (text: string) => void): number;
  /** Begins to connect to an address in digits, without waiting; returns the socket. */
  function sys_connect(address: string, port: number): number;
  /** What the connection of a socket failed with, as an errno; 0 where it did not. */
  function sys_socket_error(fd: number): number;
  /** Sends bytes without raising a signal where the other side has left. */
  function sys_send_bytes(fd: number, bytes: Uint8Array, more: number): number;
  /** Has another thread send the bytes of a file from `start` to before `end` over a socket, from which nobody else reads until
   * there is news of an answer or of the end. Returns a descriptor that gives news, see sys_news, every so many milliseconds. */
  function sys_send_file(to: number, from: number, start: number, end: number, newsMs: number): number;
  /** Has another thread read from a socket into a file, from offset `start` to before `end`, and hash what it reads. Returns a
   * descriptor that gives news, see sys_news, every so many milliseconds and some megabytes. */
  function sys_receive_file(from: number, to: number, hash: number, start: number, end: number, newsMs: number): number;
  /** Fills two doubles: the offset that has been reached; and 1 while it goes on, 2 when an answer comes before the end, or at
   * its end 0, the negated errno of the
   * socket (ENODATA where the other side has ended), or that of the file less 1000. */
  function sys_news(told: number, out: Uint8Array): number;
  /** Nothing more goes over a socket: whoever waits for it goes on. */
  function sys_shut_down(fd: number): number;
  /** Fills `out`, 32 bytes, with the hash of `bytes`. */
  function sys_sha256(bytes: Uint8Array, out: Uint8Array): number;
  /** Makes a context that trusts the system's authorities (1) and those in `pem`, or anybody where `insecure`; returns its number. */
  function sys_tls_context(system: number, pem: Uint8Array, insecure: number): number;
  /** Begins to speak TLS over a socket with `host`, a name (1) or an address in digits (0); returns the connection's number. */
  function sys_tls_begin(context: number, fd: number, host: string, isName: number): number;
  /** Goes on with the beginning of a connection; above 0 once it is made. */
  function sys_tls_connect(connection: number): number;
  function sys_tls_read(connection: number, buffer: Uint8Array): number;
  function sys_tls_write(connection: number, buffer: Uint8Array): number;
  function sys_tls_end(connection: number): number;
}
export {};
