/* Processes: their making, their end, and what the kernel lets them tune. */
#include "native.h"
#include <signal.h>
#include <sched.h>
#include <time.h>
#include <poll.h>
#include <sys/stat.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct teu_clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* Returns 0 in the child. Fills `pidfd`, 4 bytes, when it is not empty. A `cgroup` of -1 is the caller's own. */
int32_t sys_clone(double flags, int32_t cgroup, BYTES(pidfd)) {
  struct teu_clone_args a = {.flags = (uint64_t)flags};
  if ((a.flags & CLONE_PARENT) == 0) a.exit_signal = SIGCHLD; /* otherwise it is that of the caller itself */
  if (pidfd_size >= 4) a.flags |= CLONE_PIDFD, a.pidfd = (uintptr_t)pidfd;
  if (cgroup >= 0) a.flags |= 0x200000000ull, a.cgroup = (uint64_t)cgroup;
  RESULT(syscall(SYS_clone3, &a, cgroup >= 0 ? sizeof a : offsetof(struct teu_clone_args, set_tid)));
}

int32_t sys_unshare(uint32_t flags) { RESULT(unshare((int)flags)); }

int32_t sys_setns(int32_t fd, uint32_t type) { RESULT(setns(fd, (int)type)); }

/* The CLONE_NEW… flag of a namespace's descriptor. */
int32_t sys_ns_type(int32_t fd) { RESULT(ioctl(fd, NS_GET_NSTYPE)); }

/* Reaps a child: its exit status, or 128 + the signal that ended it; -EAGAIN when WNOHANG (1) found none. */
int32_t sys_wait(int32_t pid, int32_t flags) {
  int status;
  long reaped = RETRY(waitpid(pid, &status, flags | __WALL));
  if (reaped <= 0) return reaped < 0 ? -errno : -EAGAIN;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The pid of some child that has ended, without reaping it; 0 when there is none. */
int32_t sys_ended_child(void) {
  siginfo_t info = {0};
  if (RETRY(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL)) < 0) return -errno;
  return info.si_pid;
}

/* Cuts `bytes`, in which every item ends in NUL, into a list that ends in a null pointer. */
static char **items(char *bytes, size_t size) {
  char **list = calloc(size + 1, sizeof *list);
  size_t count = 0;
  for (size_t at = 0; list != NULL && at < size; at += strlen(bytes + at) + 1) list[count++] = bytes + at;
  return list;
}

/* Every item of argv and env ends in NUL. Returns only when it fails. */
int32_t sys_execveat(int32_t dir, TEXT(path), TEXT(argv), TEXT(env), int32_t flags) {
  TAKE(path);
  size_t argv_length, env_length;
  char *argv_bytes = text_bytes(argv, argv_size, &argv_length), *env_bytes = text_bytes(env, env_size, &env_length);
  if (argv_bytes == NULL || env_bytes == NULL) return -ENOMEM;
  char **argv_list = items(argv_bytes, argv_length), **env_list = items(env_bytes, env_length);
  RESULT(syscall(SYS_execveat, dir, path_z, argv_list, env_list, flags));
}

/* Ends at once: no handlers, no flushing. */
int32_t sys_exit(int32_t status) {
  _exit(status);
}

/* Gives the value of an environment variable; -ENOENT where it is not set. */
int32_t sys_getenv(TEXT(name), EACH(each)) {
  TAKE(name);
  const char *value = getenv(name_z);
  if (value == NULL) return -ENOENT;
  text_give(each, each_context, value, strlen(value));
  return 0;
}

int32_t sys_getpid(void) { return getpid(); }

int32_t sys_getppid(void) { return getppid(); }

int32_t sys_kill(int32_t pid, int32_t signal) { RESULT(kill(pid, signal)); }

int32_t sys_pidfd_open(int32_t pid) { RESULT(syscall(SYS_pidfd_open, pid, 0)); }

int32_t sys_pidfd_send_signal(int32_t pidfd, int32_t signal) {
  RESULT(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

int32_t sys_setsid(void) { RESULT(setsid()); }

int32_t sys_umask(uint32_t mask) { return (int32_t)umask(mask); }

int32_t sys_prctl(int32_t option, double a, double b, double c) {
  RESULT(prctl(option, (unsigned long)a, (unsigned long)b, (unsigned long)c, 0UL));
}

int32_t sys_personality(double persona) { RESULT(personality((unsigned long)persona)); }

/* Limits come as decimal text, since they have 64 bits. A `pid` of 0 is the caller. */
int32_t sys_setrlimit(int32_t pid, int32_t resource, TEXT(soft), TEXT(hard)) {
  TAKE(soft);
  TAKE(hard);
  struct rlimit limit = {strtoull(soft_z, NULL, 10), strtoull(hard_z, NULL, 10)};
  RESULT(prlimit(pid, (unsigned)resource, &limit, NULL));
}

/* `mask` has one bit a CPU, lowest first. */
int32_t sys_sched_setaffinity(int32_t pid, BYTES(mask)) {
  RESULT(syscall(SYS_sched_setaffinity, pid, mask_size, mask));
}

/* `attributes` is struct sched_attr. */
int32_t sys_sched_setattr(int32_t pid, BYTES(attributes)) {
  if (attributes_size < 48) return -EINVAL;
  RESULT(syscall(SYS_sched_setattr, pid, attributes, 0));
}

int32_t sys_ioprio_set(int32_t which, int32_t who, int32_t priority) {
  RESULT(syscall(SYS_ioprio_set, which, who, priority));
}

/* `nodes` has one bit a node. */
int32_t sys_set_mempolicy(int32_t mode, BYTES(nodes)) {
  RESULT(syscall(SYS_set_mempolicy, mode, nodes, nodes_size * 8));
}

int32_t sys_keyctl_join(TEXT(name)) {
  TAKE(name);
  RESULT(syscall(SYS_keyctl, 1, name_z)); /* KEYCTL_JOIN_SESSION_KEYRING */
}

int32_t sys_keyctl(int32_t operation, int32_t key, uint32_t argument) {
  RESULT(syscall(SYS_keyctl, operation, key, argument));
}

/* Blocks every signal (1) or none (0). */
int32_t sys_block_signals(int32_t block) {
  sigset_t set;
  if (block) sigfillset(&set);
  else sigemptyset(&set);
  RESULT(sigprocmask(SIG_SETMASK, &set, NULL));
}

/* Takes the next blocked signal, waiting at most `timeout_ms`; -EAGAIN when none came. */
int32_t sys_next_signal(int32_t timeout_ms) {
  sigset_t set;
  struct timespec wait = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  sigfillset(&set);
  RESULT(RETRY(timeout_ms < 0 ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &wait)));
}

/* A descriptor that becomes readable when a blocked signal is pending. */
int32_t sys_signalfd(void) {
  uint64_t all = ~0ull;
  RESULT(syscall(SYS_signalfd4, -1, &all, sizeof all, O_CLOEXEC | O_NONBLOCK));
}

static void leave(int signal_number) { _exit(128 + signal_number); }

/* Has a signal end this process, also where it is the first of its namespace, until sys_reset_signals or an exec. */
int32_t sys_exit_on_signal(int32_t signal_number) {
  RESULT(sigaction(signal_number, &(struct sigaction){.sa_handler = leave}, NULL));
}

/* Gives every signal its default action, also those that C libraries keep to themselves. */
int32_t sys_reset_signals(void) {
  const uint64_t none[4] = {0};
  for (int signal = 1; signal < NSIG; signal++) syscall(SYS_rt_sigaction, signal, none, NULL, sizeof none[0]);
  return 0;
}

/* Microseconds of a clock: 0 since 1970, 1 monotonic. */
double sys_clock(int32_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e6 + (double)(t.tv_nsec / 1000);
}

int32_t sys_sleep(int32_t ms) { RESULT(poll(NULL, 0, ms)); }

/* Has a signal no effect, until sys_reset_signals. */
int32_t sys_ignore_signal(int32_t signal_number) {
  RESULT(sigaction(signal_number, &(struct sigaction){.sa_handler = SIG_IGN}, NULL));
}
