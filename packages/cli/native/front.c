/* What `teu-front` asks of the kernel beyond the wrappers of packages/kernel/native, by the same rules. */
#include "front.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <linux/stat.h>

extern char **environ;

/* Whether bytes are UTF-8, by the table of RFC 3629, section 4. */
static int is_utf8(const uint8_t *s, size_t size) {
  for (size_t i = 0, n; i < size; i += n) {
    n = s[i] < 0x80 ? 1 : s[i] < 0xc2 ? 0 : s[i] < 0xe0 ? 2 : s[i] < 0xf0 ? 3 : s[i] < 0xf5 ? 4 : 0;
    if (n == 0 || n > size - i) return 0;
    for (size_t k = 1; k < n; k++)
      if ((s[i + k] & 0xc0) != 0x80) return 0;
    int is_long = (s[i] == 0xe0 && s[i + 1] < 0xa0) || (s[i] == 0xf0 && s[i + 1] < 0x90);
    if (is_long || (s[i] == 0xed && s[i + 1] > 0x9f) || (s[i] == 0xf4 && s[i + 1] > 0x8f)) return 0;
  }
  return 1;
}

/* Becomes another program, found as a shell does, with the same environment; every item of argv ends in NUL. Returns only when it fails. */
int32_t sys_become(TEXT(path), TEXT(argv)) {
  TAKE(path);
  size_t size;
  char *bytes = text_bytes(argv, argv_size, &size), **list = calloc(argv_size + 1, sizeof *list);
  if (bytes == NULL || list == NULL) return -ENOMEM;
  for (size_t at = 0, count = 0; at < size; at += strlen(bytes + at) + 1) list[count++] = bytes + at;
  RESULT(execvpe(path_z, list, environ));
}

/* Gives every NAME=VALUE of the environment. */
int32_t sys_environment(EACH(each)) {
  for (char **item = environ; *item != NULL; item++) text_give(each, each_context, *item, strlen(*item));
  return 0;
}

/* Gives bytes as text; -EILSEQ where they are not UTF-8 and `strict` is 1, otherwise with U+FFFD in their place. */
int32_t sys_utf8(BYTES(bytes), int32_t strict, EACH(each)) {
  if (strict && !is_utf8(bytes, bytes_size)) return -EILSEQ;
  each(each_context, bytes, bytes_size);
  return 0;
}

/* Fills `out` with a text in UTF-8; returns how many bytes that takes, also where there is no room for them. */
int32_t sys_utf8_bytes(TEXT(text), BYTES(out)) {
  if (text_size <= out_size) memcpy(out, text, text_size);
  return (int32_t)text_size;
}

/* Gives bytes as text of one character each. */
int32_t sys_latin1(BYTES(bytes), EACH(each)) {
  uint8_t *text = malloc(bytes_size * 2 + 1), *end = text;
  if (text == NULL) return -ENOMEM;
  for (size_t i = 0; i < bytes_size; i++) {
    if (bytes[i] >= 0x80) *end++ = (uint8_t)(0xc0 | bytes[i] >> 6);
    *end++ = bytes[i] < 0x80 ? bytes[i] : (uint8_t)(0x80 | (bytes[i] & 0x3f));
  }
  each(each_context, text, (size_t)(end - text));
  free(text);
  return 0;
}

/* Gives bytes as text of two digits each. */
int32_t sys_hex(BYTES(bytes), EACH(each)) {
  uint8_t *text = malloc(bytes_size * 2 + 1);
  if (text == NULL) return -ENOMEM;
  for (size_t i = 0; i < bytes_size; i++)
    text[2 * i] = (uint8_t)"0123456789abcdef"[bytes[i] >> 4], text[2 * i + 1] = (uint8_t)"0123456789abcdef"[bytes[i] & 15];
  each(each_context, text, bytes_size * 2);
  free(text);
  return 0;
}

/* How many processors the process may use. */
int32_t sys_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) < 0 ? 1 : CPU_COUNT(&set);
}

int32_t sys_random(BYTES(out)) { RESULT(RETRY(getrandom(out, out_size, 0))); }

/* Reads from `position` of a file. */
int32_t sys_pread(int32_t fd, BYTES(buffer), double position) {
  RESULT(RETRY(pread(fd, buffer, buffer_size, (off_t)position)));
}

/* Writes at `position` of a file. */
int32_t sys_pwrite(int32_t fd, BYTES(buffer), double position) {
  RESULT(RETRY(pwrite(fd, buffer, buffer_size, (off_t)position)));
}

static double milliseconds(struct statx_timestamp t) { return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6; }

/* Fills eleven doubles: mode, uid, gid, device, inode, device number of a device file, size, links, and the times of the last
 * change of content and of the inode and of birth, in milliseconds. */
int32_t sys_file_facts(int32_t dir, TEXT(path), int32_t flags, BYTES(out)) {
  TAKE(path);
  struct statx s;
  if (out_size < 11 * sizeof(double)) return -EINVAL;
  if (syscall(SYS_statx, dir, path_z, flags, STATX_BASIC_STATS | STATX_BTIME, &s) < 0) return -errno;
  double device = (double)makedev(s.stx_dev_major, s.stx_dev_minor);
  double special = (double)makedev(s.stx_rdev_major, s.stx_rdev_minor);
  double values[] = {s.stx_mode, s.stx_uid, s.stx_gid, device, s.stx_ino, special, s.stx_size, s.stx_nlink,
                     milliseconds(s.stx_mtime), milliseconds(s.stx_ctime), milliseconds(s.stx_btime)};
  memcpy(out, values, sizeof values);
  return 0;
}

/* Locks (1 shared, 2 alone) or frees (0) a part of a file for this descriptor; -EAGAIN where others hold it. */
int32_t sys_lock_range(int32_t fd, int32_t lock, double from, double size) {
  static const short types[] = {F_UNLCK, F_RDLCK, F_WRLCK};
  struct flock what = {.l_type = types[lock % 3], .l_whence = SEEK_SET, .l_start = (off_t)from, .l_len = (off_t)size};
  RESULT(fcntl(fd, F_OFD_SETLK, &what));
}

/* Gives a file the present time. */
int32_t sys_touch(TEXT(path)) {
  TAKE(path);
  RESULT(utimensat(AT_FDCWD, path_z, NULL, 0));
}

/* SIGINT and SIGTERM come to the descriptor that is returned; a reader that has left ends nothing. */
int32_t sys_watch_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
  RESULT(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/* The number of a signal that has come; -EAGAIN where none has. */
int32_t sys_read_signal(int32_t fd) {
  struct signalfd_siginfo info;
  return read(fd, &info, sizeof info) == sizeof info ? (int32_t)info.ssi_signo : -EAGAIN;
}

/* Signals are again as they were at the start. */
int32_t sys_forget_signals(void) {
  sigset_t none;
  sigemptyset(&none);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  RESULT(sigprocmask(SIG_SETMASK, &none, NULL));
}

int start_thread(void *(*work)(void *), void *context) {
  enum { STACK = 1 << 16 };
  pthread_attr_t small;
  pthread_t thread;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, STACK);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  return -pthread_create(&thread, &small, work, context);
}

/* What one thread that waits for the disk is told, and tells. */
struct sync { int fd, told, only_begins; };

static void *wait_for_disk(void *pointer) {
  struct sync what = *(struct sync *)pointer;
  __atomic_store_n(&((struct sync *)pointer)->fd, -1, __ATOMIC_RELEASE);
  long done = what.only_begins ? sync_file_range(what.fd, 0, 0, SYNC_FILE_RANGE_WRITE) : RETRY(fsync(what.fd));
  int32_t result = done < 0 ? -errno : 0;
  if (write(what.told, &result, sizeof result) == sizeof result) close(what.told);
  return NULL;
}

/* Begins to bring a file to the disk, or begins (1) only to write it there; returns a descriptor that can be read once that
 * has ended. */
int32_t sys_sync_begin(int32_t fd, int32_t only_begins) {
  enum { PLACES = 64 };
  static struct sync places[PLACES] = {[0 ... PLACES - 1] = {.fd = -1}};
  int ends[2], place = 0;
  while (place < PLACES && __atomic_load_n(&places[place].fd, __ATOMIC_ACQUIRE) >= 0) place++;
  if (place == PLACES) return -EAGAIN;
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  places[place] = (struct sync){fd, ends[1], only_begins};
  if (start_thread(wait_for_disk, &places[place]) < 0) wait_for_disk(&places[place]);
  return ends[0];
}

/* Ends it: 0, or what bringing the file to the disk failed with. */
int32_t sys_sync_end(int32_t told) {
  int32_t result = -EIO;
  if (RETRY(read(told, &result, sizeof result)) != sizeof result) result = -EIO;
  close(told);
  return result;
}

/* Fills three doubles: the size of a block of the file system of a path, and how many it has and how many are free to use. */
int32_t sys_disk_space(TEXT(path), BYTES(out)) {
  TAKE(path);
  struct statfs s;
  if (out_size < 3 * sizeof(double)) return -EINVAL;
  if (statfs(path_z, &s) < 0) return -errno;
  double values[] = {(double)s.f_bsize, (double)s.f_blocks, (double)s.f_bavail};
  memcpy(out, values, sizeof values);
  return 0;
}
