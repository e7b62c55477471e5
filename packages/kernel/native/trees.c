/* Trees of files that are written and read without trust in them. Names are bytes, as archives and folders have them.
 * Every function takes an open folder and one name in it, or an open file; only sys_tree_open takes a path, whose parts
 * must all be folders of the tree itself. No symbolic link is followed anywhere. */
#include "native.h"
#include <dirent.h>
#include <stdio.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* Declares `name`_z: the bytes ended by NUL, with none inside. */
#define TAKE_NAME(name)                                                              \
  char name##_z[PATH_MAX];                                                           \
  if (name##_size >= PATH_MAX) return -ENAMETOOLONG;                                 \
  if (name##_size > 0 && memchr(name, 0, name##_size) != NULL) return -EINVAL;       \
  if (name##_size > 0) memcpy(name##_z, name, name##_size);                          \
  name##_z[name##_size] = 0

/* A path to a name in an open folder, for calls that take no folder. In the current one the name will do. */
#define TAKE_PATH(dir, name)                                                         \
  TAKE_NAME(name);                                                                   \
  char path[PATH_MAX + 32];                                                          \
  if (dir == AT_FDCWD) memcpy(path, name##_z, name##_size + 1);                       \
  else snprintf(path, sizeof path, "/proc/self/fd/%d%s%s", dir, name##_size ? "/" : "", name##_z)

/* Opens a folder below `root`, the root itself for an empty path. */
int32_t sys_tree_open(int32_t root, BYTES(path)) {
  TAKE_NAME(path);
  uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  struct open_how how = {.flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = resolve};
  RESULT(RETRY(syscall(SYS_openat2, root, path_size ? path_z : ".", &how, sizeof how)));
}

/* Makes a file where nothing is and opens it for writing. */
int32_t sys_tree_create(int32_t dir, BYTES(name)) {
  TAKE_NAME(name);
  RESULT(RETRY(openat(dir, name_z, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)));
}

/* Opens a file for reading; one that is no regular file may open, but never blocks. */
int32_t sys_tree_read(int32_t dir, BYTES(name)) {
  TAKE_NAME(name);
  RESULT(RETRY(openat(dir, name_z, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)));
}

int32_t sys_tree_mkdir(int32_t dir, BYTES(name), uint32_t mode) {
  TAKE_NAME(name);
  RESULT(mkdirat(dir, name_z, mode));
}

int32_t sys_tree_symlink(BYTES(target), int32_t dir, BYTES(name)) {
  TAKE_NAME(target);
  TAKE_NAME(name);
  RESULT(symlinkat(target_z, dir, name_z));
}

int32_t sys_tree_link(int32_t from, BYTES(old), int32_t dir, BYTES(name)) {
  TAKE_NAME(old);
  TAKE_NAME(name);
  RESULT(linkat(from, old_z, dir, name_z, 0));
}

/* Makes a device or fifo; `mode` has its type. */
int32_t sys_tree_node(int32_t dir, BYTES(name), uint32_t mode, uint32_t major_number, uint32_t minor_number) {
  TAKE_NAME(name);
  RESULT(mknodat(dir, name_z, mode, makedev(major_number, minor_number)));
}

/* Removes a file, or with AT_REMOVEDIR an empty folder. */
int32_t sys_tree_remove(int32_t dir, BYTES(name), int32_t flags) {
  TAKE_NAME(name);
  RESULT(unlinkat(dir, name_z, flags));
}

/* An empty name means `dir` itself, here and below. */
int32_t sys_tree_chown(int32_t dir, BYTES(name), uint32_t uid, uint32_t gid) {
  TAKE_NAME(name);
  RESULT(fchownat(dir, name_z, uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
}

/* For what is no symbolic link: the kernel would follow one. */
int32_t sys_tree_chmod(int32_t dir, BYTES(name), uint32_t mode) {
  TAKE_NAME(name);
  RESULT(name_size == 0 ? fchmod(dir, mode) : fchmodat(dir, name_z, mode, 0));
}

/* Sets access and modification time. */
int32_t sys_tree_times(int32_t dir, BYTES(name), double seconds, uint32_t nanoseconds) {
  TAKE_NAME(name);
  struct timespec t = {(time_t)seconds, nanoseconds}, both[2] = {t, t};
  RESULT(name_size == 0 ? futimens(dir, both) : utimensat(dir, name_z, both, AT_SYMLINK_NOFOLLOW));
}

int32_t sys_tree_set_xattr(int32_t dir, BYTES(name), BYTES(key), BYTES(value)) {
  TAKE_PATH(dir, name);
  TAKE_NAME(key);
  RESULT(name_size ? lsetxattr(path, key_z, value, value_size, 0) : setxattr(path, key_z, value, value_size, 0));
}

/* Fills the names of the attributes, each ended by NUL; returns their length. */
int32_t sys_tree_list_xattrs(int32_t dir, BYTES(name), BYTES(out)) {
  TAKE_PATH(dir, name);
  RESULT(name_size ? llistxattr(path, (char *)out, out_size) : listxattr(path, (char *)out, out_size));
}

int32_t sys_tree_get_xattr(int32_t dir, BYTES(name), BYTES(key), BYTES(out)) {
  TAKE_PATH(dir, name);
  TAKE_NAME(key);
  RESULT(name_size ? lgetxattr(path, key_z, out, out_size) : getxattr(path, key_z, out, out_size));
}

int32_t sys_tree_readlink(int32_t dir, BYTES(name), BYTES(out)) {
  TAKE_NAME(name);
  RESULT(readlinkat(dir, name_z, (char *)out, out_size));
}

/* Fills thirteen doubles: mode, uid, gid, device, inode, links, size, seconds and nanoseconds of modification and of
 * change, major and minor number of a device file. */
int32_t sys_tree_stat(int32_t dir, BYTES(name), BYTES(out)) {
  TAKE_NAME(name);
  struct stat s;
  if (out_size < 13 * sizeof(double)) return -EINVAL;
  if (fstatat(dir, name_z, &s, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) return -errno;
  double v[] = {s.st_mode, s.st_uid, s.st_gid, (double)s.st_dev, (double)s.st_ino, (double)s.st_nlink, (double)s.st_size,
                (double)s.st_mtim.tv_sec, (double)s.st_mtim.tv_nsec, (double)s.st_ctim.tv_sec,
                (double)s.st_ctim.tv_nsec, major(s.st_rdev), minor(s.st_rdev)};
  memcpy(out, v, sizeof v);
  return 0;
}

/* Fills entries as getdents64(2) does; returns their length, 0 at the end. */
int32_t sys_tree_entries(int32_t fd, BYTES(out)) { RESULT(syscall(SYS_getdents64, fd, out, out_size)); }

/* Moves up to `size` bytes out of a pipe without copying them through the program. */
int32_t sys_splice(int32_t from, int32_t to, uint32_t size) { RESULT(RETRY(splice(from, NULL, to, NULL, size, 0))); }

/* Moves on by `bytes` in an open file. */
int32_t sys_skip(int32_t fd, double bytes) { RESULT(lseek(fd, (off_t)bytes, SEEK_CUR) < 0 ? -1 : 0); }
