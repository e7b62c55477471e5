/**
 * The C wrappers of `packages/kernel/native`: each returns >= 0, or the negated errno.
 * Written by `tools/native/build.ts` from the C signatures; the other modules of this folder's parent wrap them.
 * @module
 */
/* oxlint-disable eslint/max-params, unicorn/require-module-specifiers -- the shapes of the calls */
declare global {
  function sys_openat(dir: number, path: string, flags: number, mode: number): number;
  function sys_openat2(dir: number, path: string, flags: number, mode: number, resolve: number): number;
  function sys_close(fd: number): number;
  function sys_read(fd: number, buffer: Uint8Array): number;
  function sys_write(fd: number, buffer: Uint8Array): number;
  /** Writes all of a text, in one call where the file takes it. */
  function sys_write_text(fd: number, data: string): number;
  /** Gives what can be read from `fd` up to its end, at most `limit` bytes; returns their number. */
  function sys_read_text(fd: number, limit: number, each: (text: string) => void): number;
  /** Gives the name of every entry but . and .. */
  function sys_list(fd: number, each: (text: string) => void): number;
  function sys_readlinkat(dir: number, path: string, each: (text: string) => void): number;
  function sys_realpath(path: string, each: (text: string) => void): number;
  function sys_getcwd(each: (text: string) => void): number;
  /** Fills nine doubles: mode, uid, gid, device, inode, device number of a device file, size, links, mount id. */
  function sys_stat(dir: number, path: string, flags: number, out: Uint8Array): number;
  /** Fills two doubles: the type of the file system (f_type) and its mount flags (f_flags). */
  function sys_fstatfs(fd: number, out: Uint8Array): number;
  function sys_mkdirat(dir: number, path: string, mode: number): number;
  function sys_mknodat(dir: number, path: string, mode: number, majorNumber: number, minorNumber: number): number;
  function sys_symlinkat(target: string, dir: number, path: string): number;
  function sys_linkat(from: number, path: string, to: number, target: string, flags: number): number;
  function sys_renameat(from: number, path: string, to: number, target: string): number;
  function sys_unlinkat(dir: number, path: string, flags: number): number;
  function sys_fchownat(dir: number, path: string, uid: number, gid: number, flags: number): number;
  function sys_fchmodat(dir: number, path: string, mode: number): number;
  function sys_fchmod(fd: number, mode: number): number;
  function sys_faccessat(dir: number, path: string, mode: number, flags: number): number;
  function sys_ftruncate(fd: number, size: number): number;
  function sys_rewind(fd: number): number;
  function sys_flock(fd: number, operation: number): number;
  function sys_fcntl(fd: number, command: number, argument: number): number;
  function sys_dup3(from: number, to: number, flags: number): number;
  function sys_close_range(first: number, last: number, flags: number): number;
  /** Fills two 32-bit numbers: the ends to read from and to write to. */
  function sys_pipe(out: Uint8Array): number;
  function sys_memfd_create(name: string, flags: number): number;
  /** Copies up to `size` bytes from where `from` stands; returns their number. */
  function sys_sendfile(to: number, from: number, size: number): number;
  function sys_inotify_init(): number;
  function sys_inotify_add(fd: number, path: string, mask: number): number;
  function sys_eventfd(): number;
  /** Waits for descriptors: `set` holds struct pollfd, 8 bytes each. Returns how many are ready; -EINTR is not retried. */
  function sys_poll(set: Uint8Array, timeoutMs: number): number;
  /** Gives the value of an extended attribute, as text. */
  function sys_getxattr(path: string, name: string, each: (text: string) => void): number;
  /** `program` is a list of struct sock_filter. Returns a listener's descriptor where the flags ask for one. */
  function sys_seccomp(flags: number, program: Uint8Array): number;
  /** 0 where the kernel knows the action. */
  function sys_seccomp_action(action: number): number;
  /** Loads a program that judges access to devices (BPF_PROG_TYPE_CGROUP_DEVICE). */
  function sys_bpf_load(program: Uint8Array): number;
  /** Attaches to or detaches from a cgroup; `replaced` is the program to replace, or -1. */
  function sys_bpf_attach(cgroup: number, program: number, flags: number, replaced: number): number;
  function sys_bpf_detach(cgroup: number, program: number): number;
  /** Fills the ids, 32 bits each, of the device programs of a cgroup; returns how many there are. */
  function sys_bpf_query(cgroup: number, ids: Uint8Array): number;
  function sys_bpf_by_id(id: number): number;
  /** With an empty `attributes`: the version of Landlock. */
  function sys_landlock_create(attributes: Uint8Array): number;
  function sys_landlock_add(ruleset: number, type: number, rule: Uint8Array): number;
  function sys_landlock_restrict(ruleset: number): number;
  function sys_geteuid(): number;
  function sys_getegid(): number;
  /** Programs here have one thread: the C library need not look for others to change, with three calls more. */
  function sys_setresuid(id: number): number;
  function sys_setresgid(id: number): number;
  /** 32-bit numbers. */
  function sys_setgroups(groups: Uint8Array): number;
  /** Six 32-bit numbers: effective, permitted, inheritable, first their low halves, then the high ones. */
  function sys_capset(sets: Uint8Array): number;
  function sys_capget(pid: number, sets: Uint8Array): number;
  function sys_sethostname(name: string): number;
  function sys_setdomainname(name: string): number;
  /** Gives the name of the machine, such as x86_64. */
  function sys_machine(each: (text: string) => void): number;
  function sys_mount(source: string, target: string, type: string, flags: number, data: string): number;
  function sys_umount(path: string, flags: number): number;
  function sys_open_tree(dir: number, path: string, flags: number): number;
  function sys_move_mount(from: number, path: string, to: number, target: string, flags: number): number;
  /** `propagation` and the descriptor `user_namespace` (-1: none) are part of the attributes. */
  function sys_mount_setattr(fd: number, flags: number, set: number, clear: number, propagation: number, userNamespace: number): number;
  function sys_fsopen(type: string, flags: number): number;
  /** An empty key or value is passed as none. */
  function sys_fsconfig(fd: number, command: number, key: string, value: string): number;
  function sys_fsmount(fd: number, flags: number, attributes: number): number;
  function sys_pivot_root(root: string, old: string): number;
  function sys_chroot(path: string): number;
  function sys_chdir(path: string): number;
  function sys_fchdir(fd: number): number;
  /** Returns 0 in the child. Fills `pidfd`, 4 bytes, when it is not empty. A `cgroup` of -1 is the caller's own. */
  function sys_clone(flags: number, cgroup: number, pidfd: Uint8Array): number;
  function sys_unshare(flags: number): number;
  function sys_setns(fd: number, type: number): number;
  /** The CLONE_NEW… flag of a namespace's descriptor. */
  function sys_ns_type(fd: number): number;
  /** Reaps a child: its exit status, or 128 + the signal that ended it; -EAGAIN when WNOHANG (1) found none. */
  function sys_wait(pid: number, flags: number): number;
  /** The pid of some child that has ended, without reaping it; 0 when there is none. */
  function sys_ended_child(): number;
  /** Every item of argv and env ends in NUL. Returns only when it fails. */
  function sys_execveat(dir: number, path: string, argv: string, env: string, flags: number): number;
  /** Ends at once: no handlers, no flushing. */
  function sys_exit(status: number): number;
  /** Gives the value of an environment variable; -ENOENT where it is not set. */
  function sys_getenv(name: string, each: (text: string) => void): number;
  function sys_getpid(): number;
  function sys_getppid(): number;
  function sys_kill(pid: number, signal: number): number;
  function sys_pidfd_open(pid: number): number;
  function sys_pidfd_send_signal(pidfd: number, signal: number): number;
  function sys_setsid(): number;
  function sys_umask(mask: number): number;
  function sys_prctl(option: number, a: number, b: number, c: number): number;
  function sys_personality(persona: number): number;
  /** Limits come as decimal text, since they have 64 bits. A `pid` of 0 is the caller. */
  function sys_setrlimit(pid: number, resource: number, soft: string, hard: string): number;
  /** `mask` has one bit a CPU, lowest first. */
  function sys_sched_setaffinity(pid: number, mask: Uint8Array): number;
  /** `attributes` is struct sched_attr. */
  function sys_sched_setattr(pid: number, attributes: Uint8Array): number;
  function sys_ioprio_set(which: number, who: number, priority: number): number;
  /** `nodes` has one bit a node. */
  function sys_set_mempolicy(mode: number, nodes: Uint8Array): number;
  function sys_keyctl_join(name: string): number;
  function sys_keyctl(operation: number, key: number, argument: number): number;
  /** Blocks every signal (1) or none (0). */
  function sys_block_signals(block: number): number;
  /** Takes the next blocked signal, waiting at most `timeout_ms`; -EAGAIN when none came. */
  function sys_next_signal(timeoutMs: number): number;
  /** A descriptor that becomes readable when a blocked signal is pending. */
  function sys_signalfd(): number;
  /** Has a signal end this process, also where it is the first of its namespace, until sys_reset_signals or an exec. */
  function sys_exit_on_signal(signalNumber: number): number;
  /** Gives every signal its default action, also those that C libraries keep to themselves. */
  function sys_reset_signals(): number;
  /** Microseconds of a clock: 0 since 1970, 1 monotonic. */
  function sys_clock(clock: number): number;
  function sys_sleep(ms: number): number;
  /** Has a signal no effect, until sys_reset_signals. */
  function sys_ignore_signal(signalNumber: number): number;
  /** Fills two 32-bit numbers. Messages keep their bounds where `type` is SOCK_SEQPACKET (5). */
  function sys_socketpair(type: number, out: Uint8Array): number;
  function sys_socket(domain: number, type: number, protocol: number): number;
  function sys_connect_unix(fd: number, path: string): number;
  function sys_bind_unix(fd: number, path: string): number;
  function sys_bind_netlink(fd: number): number;
  function sys_listen(fd: number, backlog: number): number;
  function sys_accept(fd: number): number;
  function sys_setsockopt(fd: number, level: number, option: number, value: number): number;
  /** Sends a text as one message, with the descriptors in `fds`, 4 bytes each. */
  function sys_send(fd: number, message: string, fds: Uint8Array): number;
  /** Receives one message as text; fills the descriptors that came with it and returns their number, or -EPIPE at the
   * end of the connection. Descriptors beyond the room in `fds` are closed by the kernel. */
  function sys_receive(fd: number, limit: number, fds: Uint8Array, each: (text: string) => void): number;
  /** Brings up the network interface `name` of the caller's namespace. */
  function sys_link_up(name: string): number;
  /** Unlocks the terminal of a master and opens its other end, without a way through the file system. */
  function sys_terminal_peer(master: number): number;
  /** The number of a master's terminal in its devpts. */
  function sys_terminal_number(master: number): number;
  /** Makes a terminal the controlling one of the caller's session. */
  function sys_terminal_control(fd: number): number;
  function sys_terminal_resize(fd: number, rows: number, columns: number): number;
  /** Has a terminal pass line ends on as the program writes them. */
  function sys_terminal_plain(fd: number): number;
  /** Rows times 65536 plus columns. */
  function sys_terminal_size(fd: number): number;
  /** Passes every key on as it is (1), or goes back to what was there before (0). Line ends of the output are made as before. */
  function sys_terminal_raw(fd: number, raw: number): number;
  /** Opens a folder below `root`, the root itself for an empty path. */
  function sys_tree_open(root: number, path: Uint8Array): number;
  /** Makes a file where nothing is and opens it for writing. */
  function sys_tree_create(dir: number, name: Uint8Array): number;
  /** Opens a file for reading; one that is no regular file may open, but never blocks. */
  function sys_tree_read(dir: number, name: Uint8Array): number;
  function sys_tree_mkdir(dir: number, name: Uint8Array, mode: number): number;
  function sys_tree_symlink(target: Uint8Array, dir: number, name: Uint8Array): number;
  function sys_tree_link(from: number, old: Uint8Array, dir: number, name: Uint8Array): number;
  /** Makes a device or fifo; `mode` has its type. */
  function sys_tree_node(dir: number, name: Uint8Array, mode: number, majorNumber: number, minorNumber: number): number;
  /** Removes a file, or with AT_REMOVEDIR an empty folder. */
  function sys_tree_remove(dir: number, name: Uint8Array, flags: number): number;
  /** An empty name means `dir` itself, here and below. */
  function sys_tree_chown(dir: number, name: Uint8Array, uid: number, gid: number): number;
  /** For what is no symbolic link: the kernel would follow one. */
  function sys_tree_chmod(dir: number, name: Uint8Array, mode: number): number;
  /** Sets access and modification time. */
  function sys_tree_times(dir: number, name: Uint8Array, seconds: number, nanoseconds: number): number;
  function sys_tree_set_xattr(dir: number, name: Uint8Array, key: Uint8Array, value: Uint8Array): number;
  /** Fills the names of the attributes, each ended by NUL; returns their length. */
  function sys_tree_list_xattrs(dir: number, name: Uint8Array, out: Uint8Array): number;
  function sys_tree_get_xattr(dir: number, name: Uint8Array, key: Uint8Array, out: Uint8Array): number;
  function sys_tree_readlink(dir: number, name: Uint8Array, out: Uint8Array): number;
  /** Fills thirteen doubles: mode, uid, gid, device, inode, links, size, seconds and nanoseconds of modification and of
   * change, major and minor number of a device file. */
  function sys_tree_stat(dir: number, name: Uint8Array, out: Uint8Array): number;
  /** Fills entries as getdents64(2) does; returns their length, 0 at the end. */
  function sys_tree_entries(fd: number, out: Uint8Array): number;
  /** Moves up to `size` bytes out of a pipe without copying them through the program. */
  function sys_splice(from: number, to: number, size: number): number;
  /** Moves on by `bytes` in an open file. */
  function sys_skip(fd: number, bytes: number): number;
}
export {};
