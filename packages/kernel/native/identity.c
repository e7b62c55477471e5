/* Who a process is: users, groups, capabilities, names of the host. */
#include "native.h"
#include <sys/utsname.h>
#include <linux/capability.h>

double sys_geteuid(void) { return geteuid(); }

double sys_getegid(void) { return getegid(); }

/* Programs here have one thread: the C library need not look for others to change, with three calls more. */
int32_t sys_setresuid(uint32_t id) { RESULT(syscall(SYS_setresuid, id, id, id)); }

int32_t sys_setresgid(uint32_t id) { RESULT(syscall(SYS_setresgid, id, id, id)); }

/* 32-bit numbers. */
int32_t sys_setgroups(BYTES(groups)) { RESULT(syscall(SYS_setgroups, groups_size / sizeof(gid_t), groups)); }

/* Six 32-bit numbers: effective, permitted, inheritable, first their low halves, then the high ones. */
int32_t sys_capset(BYTES(sets)) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  if (sets_size != 2 * sizeof(struct __user_cap_data_struct)) return -EINVAL;
  RESULT(syscall(SYS_capset, &header, sets));
}

int32_t sys_capget(int32_t pid, BYTES(sets)) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, pid};
  if (sets_size != 2 * sizeof(struct __user_cap_data_struct)) return -EINVAL;
  RESULT(syscall(SYS_capget, &header, sets));
}

int32_t sys_sethostname(TEXT(name)) {
  TAKE(name);
  RESULT(sethostname(name_z, strlen(name_z)));
}

int32_t sys_setdomainname(TEXT(name)) {
  TAKE(name);
  RESULT(setdomainname(name_z, strlen(name_z)));
}

/* Gives the name of the machine, such as x86_64. */
int32_t sys_machine(EACH(each)) {
  struct utsname names;
  if (uname(&names) < 0) return -errno;
  text_give(each, each_context, names.machine, strlen(names.machine));
  return 0;
}
