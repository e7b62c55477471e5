/* Files, folders and descriptors. A folder of -100 (AT_FDCWD) is the current one. Descriptors are close-on-exec. */
#include "native.h"
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* The program has the flag values of x86; a few differ elsewhere. */
static int flags_here(int32_t flags) {
  int rest = flags & ~(0200000 | 0400000);
  return rest | (flags & 0200000 ? O_DIRECTORY : 0) | (flags & 0400000 ? O_NOFOLLOW : 0) | O_CLOEXEC;
}

int32_t sys_openat(int32_t dir, TEXT(path), int32_t flags, uint32_t mode) {
  TAKE(path);
  RESULT(RETRY(openat(dir, path_z, flags_here(flags), mode)));
}

int32_t sys_openat2(int32_t dir, TEXT(path), int32_t flags, uint32_t mode, uint32_t resolve) {
  TAKE(path);
  struct open_how how = {.flags = (uint32_t)flags_here(flags), .mode = mode, .resolve = resolve};
  RESULT(RETRY(syscall(SYS_openat2, dir, path_z, &how, sizeof how)));
}

int32_t sys_close(int32_t fd) { RESULT(close(fd)); }

int32_t sys_read(int32_t fd, BYTES(buffer)) { RESULT(RETRY(read(fd, buffer, buffer_size))); }

int32_t sys_write(int32_t fd, BYTES(buffer)) { RESULT(RETRY(write(fd, buffer, buffer_size))); }

static int32_t write_all(int32_t fd, const char *bytes, size_t size) {
  size_t done = 0;
  do {
    long n = RETRY(write(fd, bytes + done, size - done));
    if (n < 0) return -errno;
    done += (size_t)n;
  } while (done < size);
  return 0;
}

/* Writes all of a text, in one call where the file takes it. */
int32_t sys_write_text(int32_t fd, TEXT(data)) {
  size_t size;
  char *bytes = text_bytes(data, data_size, &size);
  int32_t result = bytes == NULL ? -ENOMEM : write_all(fd, bytes, size);
  free(bytes);
  return result;
}

/* Reads to the end into *buffer; returns the size, or -EFBIG past `limit`. */
static long read_all(int32_t fd, char **buffer, size_t limit) {
  size_t room = 0, size = 0;
  for (;;) {
    if (size == room && (*buffer = realloc(*buffer, room = room ? room * 2 : 8192)) == NULL) return -ENOMEM;
    long n = RETRY(read(fd, *buffer + size, room - size));
    if (n <= 0) return n < 0 ? -errno : (long)size;
    size += (size_t)n;
    if (size > limit) return -EFBIG;
  }
}

/* Gives what can be read from `fd` up to its end, at most `limit` bytes; returns their number. */
int32_t sys_read_text(int32_t fd, uint32_t limit, EACH(each)) {
  char *buffer = NULL;
  long size = read_all(fd, &buffer, limit);
  if (size >= 0) text_give(each, each_context, buffer, (size_t)size);
  free(buffer);
  return (int32_t)size;
}

/* Gives the name of every entry but . and .. */
int32_t sys_list(int32_t fd, EACH(each)) {
  DIR *folder = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (folder == NULL) return -errno;
  rewinddir(folder);
  for (struct dirent *e; (e = readdir(folder)) != NULL;)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      text_give(each, each_context, e->d_name, strlen(e->d_name));
  closedir(folder);
  return 0;
}

int32_t sys_readlinkat(int32_t dir, TEXT(path), EACH(each)) {
  TAKE(path);
  char target[PATH_MAX];
  long size = readlinkat(dir, path_z, target, sizeof target);
  if (size < 0) return -errno;
  text_give(each, each_context, target, (size_t)size);
  return 0;
}

int32_t sys_realpath(TEXT(path), EACH(each)) {
  TAKE(path);
  char full[PATH_MAX];
  if (realpath(path_z, full) == NULL) return -errno;
  text_give(each, each_context, full, strlen(full));
  return 0;
}

int32_t sys_getcwd(EACH(each)) {
  char path[PATH_MAX];
  long size = syscall(SYS_getcwd, path, sizeof path); /* the C library hides what lies outside the root */
  if (size < 0) return -errno;
  text_give(each, each_context, path, (size_t)size - 1);
  return 0;
}

/* Fills nine doubles: mode, uid, gid, device, inode, device number of a device file, size, links, mount id. */
int32_t sys_stat(int32_t dir, TEXT(path), int32_t flags, BYTES(out)) {
  TAKE(path);
  struct statx s;
  if (out_size < 9 * sizeof(double)) return -EINVAL;
  if (syscall(SYS_statx, dir, path_z, flags, STATX_BASIC_STATS | 0x1000, &s) < 0) return -errno;
  double device = (double)makedev(s.stx_dev_major, s.stx_dev_minor);
  double special = (double)makedev(s.stx_rdev_major, s.stx_rdev_minor);
  double v[] = {s.stx_mode, s.stx_uid, s.stx_gid, device, s.stx_ino, special, s.stx_size, s.stx_nlink, s.stx_mnt_id};
  memcpy(out, v, sizeof v);
  return 0;
}

/* Fills two doubles: the type of the file system (f_type) and its mount flags (f_flags). */
int32_t sys_fstatfs(int32_t fd, BYTES(out)) {
  struct statfs s;
  if (out_size < 2 * sizeof(double)) return -EINVAL;
  if (fstatfs(fd, &s) < 0) return -errno;
  put_f64(out, 0, (double)(uint32_t)s.f_type);
  put_f64(out, 1, (double)(uint32_t)s.f_flags);
  return 0;
}

int32_t sys_mkdirat(int32_t dir, TEXT(path), uint32_t mode) {
  TAKE(path);
  RESULT(mkdirat(dir, path_z, mode));
}

int32_t sys_mknodat(int32_t dir, TEXT(path), uint32_t mode, uint32_t major_number, uint32_t minor_number) {
  TAKE(path);
  RESULT(mknodat(dir, path_z, mode, makedev(major_number, minor_number)));
}

int32_t sys_symlinkat(TEXT(target), int32_t dir, TEXT(path)) {
  TAKE(target);
  TAKE(path);
  RESULT(symlinkat(target_z, dir, path_z));
}

int32_t sys_linkat(int32_t from, TEXT(path), int32_t to, TEXT(target), int32_t flags) {
  TAKE(path);
  TAKE(target);
  RESULT(linkat(from, path_z, to, target_z, flags));
}

int32_t sys_renameat(int32_t from, TEXT(path), int32_t to, TEXT(target)) {
  TAKE(path);
  TAKE(target);
  RESULT(renameat(from, path_z, to, target_z));
}

int32_t sys_unlinkat(int32_t dir, TEXT(path), int32_t flags) {
  TAKE(path);
  RESULT(unlinkat(dir, path_z, flags));
}

int32_t sys_fchownat(int32_t dir, TEXT(path), uint32_t uid, uint32_t gid, int32_t flags) {
  TAKE(path);
  RESULT(fchownat(dir, path_z, uid, gid, flags));
}

int32_t sys_fchmodat(int32_t dir, TEXT(path), uint32_t mode) {
  TAKE(path);
  RESULT(fchmodat(dir, path_z, mode, 0));
}

int32_t sys_fchmod(int32_t fd, uint32_t mode) { RESULT(fchmod(fd, mode)); }

int32_t sys_faccessat(int32_t dir, TEXT(path), int32_t mode, int32_t flags) {
  TAKE(path);
  RESULT(faccessat(dir, path_z, mode, flags));
}

int32_t sys_ftruncate(int32_t fd, double size) { RESULT(ftruncate(fd, (off_t)size)); }

int32_t sys_rewind(int32_t fd) { RESULT(lseek(fd, 0, SEEK_SET)); }

int32_t sys_flock(int32_t fd, int32_t operation) { RESULT(RETRY(flock(fd, operation))); }

int32_t sys_fcntl(int32_t fd, int32_t command, int32_t argument) { RESULT(fcntl(fd, command, argument)); }

int32_t sys_dup3(int32_t from, int32_t to, int32_t flags) { RESULT(dup3(from, to, flags)); }

int32_t sys_close_range(uint32_t first, uint32_t last, uint32_t flags) {
  RESULT(syscall(SYS_close_range, first, last, flags));
}

/* Fills two 32-bit numbers: the ends to read from and to write to. */
int32_t sys_pipe(BYTES(out)) {
  if (out_size < 2 * sizeof(int)) return -EINVAL;
  RESULT(pipe2((int *)(void *)out, O_CLOEXEC));
}

int32_t sys_memfd_create(TEXT(name), uint32_t flags) {
  TAKE(name);
  RESULT(memfd_create(name_z, flags));
}

/* Copies up to `size` bytes from where `from` stands; returns their number. */
int32_t sys_sendfile(int32_t to, int32_t from, uint32_t size) { RESULT(RETRY(sendfile(to, from, NULL, size))); }

int32_t sys_inotify_init(void) { RESULT(inotify_init1(IN_CLOEXEC)); }

int32_t sys_inotify_add(int32_t fd, TEXT(path), uint32_t mask) {
  TAKE(path);
  RESULT(inotify_add_watch(fd, path_z, mask));
}

int32_t sys_eventfd(void) { RESULT(syscall(SYS_eventfd2, 0, O_CLOEXEC)); }

/* Waits for descriptors: `set` holds struct pollfd, 8 bytes each. Returns how many are ready; -EINTR is not retried. */
int32_t sys_poll(BYTES(set), int32_t timeout_ms) {
  RESULT(poll((struct pollfd *)(void *)set, set_size / sizeof(struct pollfd), timeout_ms));
}

/* Gives the value of an extended attribute, as text. */
int32_t sys_getxattr(TEXT(path), TEXT(name), EACH(each)) {
  TAKE(path);
  TAKE(name);
  char value[4096];
  long size = lgetxattr(path_z, name_z, value, sizeof value);
  if (size < 0) return -errno;
  text_give(each, each_context, value, (size_t)size);
  return 0;
}
