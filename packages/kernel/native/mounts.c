/* Mounts, and the place of a process in the tree of files. */
#include "native.h"
#include <linux/mount.h>

/* The C library has these since 2.36 only, and its header clashes with the kernel's. */
extern int mount(const char *, const char *, const char *, unsigned long, const void *);
extern int umount2(const char *, int);

int32_t sys_mount(TEXT(source_text), TEXT(target), TEXT(type_text), uint32_t flags, TEXT(data_text)) {
  TAKE_OPTIONAL(source);
  TAKE(target);
  TAKE_OPTIONAL(type);
  TAKE_OPTIONAL(data);
  RESULT(mount(source_z, target_z, type_z, flags, data_z));
}

int32_t sys_umount(TEXT(path), int32_t flags) {
  TAKE(path);
  RESULT(umount2(path_z, flags));
}

int32_t sys_open_tree(int32_t dir, TEXT(path), uint32_t flags) {
  TAKE(path);
  RESULT(syscall(SYS_open_tree, dir, path_z, flags));
}

int32_t sys_move_mount(int32_t from, TEXT(path), int32_t to, TEXT(target), uint32_t flags) {
  TAKE(path);
  TAKE(target);
  RESULT(syscall(SYS_move_mount, from, path_z, to, target_z, flags));
}

/* `propagation` and the descriptor `user_namespace` (-1: none) are part of the attributes. */
int32_t sys_mount_setattr(int32_t fd, uint32_t flags, double set, double clear, uint32_t propagation,
                          int32_t user_namespace) {
  uint64_t userns = user_namespace < 0 ? 0 : (uint64_t)user_namespace;
  struct mount_attr a = {(uint64_t)set, (uint64_t)clear, propagation, userns};
  RESULT(syscall(SYS_mount_setattr, fd, "", flags | AT_EMPTY_PATH, &a, sizeof a));
}

int32_t sys_fsopen(TEXT(type), uint32_t flags) {
  TAKE(type);
  RESULT(syscall(SYS_fsopen, type_z, flags));
}

/* An empty key or value is passed as none. */
int32_t sys_fsconfig(int32_t fd, uint32_t command, TEXT(key_text), TEXT(value_text)) {
  TAKE_OPTIONAL(key);
  TAKE_OPTIONAL(value);
  RESULT(syscall(SYS_fsconfig, fd, command, key_z, value_z, 0));
}

int32_t sys_fsmount(int32_t fd, uint32_t flags, uint32_t attributes) {
  RESULT(syscall(SYS_fsmount, fd, flags, attributes));
}

int32_t sys_pivot_root(TEXT(root), TEXT(old)) {
  TAKE(root);
  TAKE(old);
  RESULT(syscall(SYS_pivot_root, root_z, old_z));
}

int32_t sys_chroot(TEXT(path)) {
  TAKE(path);
  RESULT(chroot(path_z));
}

int32_t sys_chdir(TEXT(path)) {
  TAKE(path);
  RESULT(chdir(path_z));
}

int32_t sys_fchdir(int32_t fd) { RESULT(fchdir(fd)); }
