/* Programs and rules that the kernel judges calls by: seccomp, BPF, Landlock. */
#include "native.h"
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* `program` is a list of struct sock_filter. Returns a listener's descriptor where the flags ask for one. */
int32_t sys_seccomp(uint32_t flags, BYTES(program)) {
  struct sock_fprog p = {(unsigned short)(program_size / 8), (struct sock_filter *)(void *)program};
  if (program_size / 8 > BPF_MAXINSNS) return -E2BIG;
  RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &p));
}

/* 0 where the kernel knows the action. */
int32_t sys_seccomp_action(uint32_t action) { RESULT(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action)); }

/* Loads a program that judges access to devices (BPF_PROG_TYPE_CGROUP_DEVICE). */
int32_t sys_bpf_load(BYTES(program)) {
  union bpf_attr a = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .license = (uintptr_t) "Apache-2.0"};
  a.insns = (uintptr_t)program;
  a.insn_cnt = (uint32_t)(program_size / sizeof(struct bpf_insn));
  RESULT(syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof a));
}

/* Attaches to or detaches from a cgroup; `replaced` is the program to replace, or -1. */
int32_t sys_bpf_attach(int32_t cgroup, int32_t program, uint32_t flags, int32_t replaced) {
  union bpf_attr a = {.attach_type = BPF_CGROUP_DEVICE};
  a.target_fd = (uint32_t)cgroup;
  a.attach_bpf_fd = (uint32_t)program;
  a.attach_flags = flags;
  a.replace_bpf_fd = replaced < 0 ? 0 : (uint32_t)replaced;
  RESULT(syscall(SYS_bpf, BPF_PROG_ATTACH, &a, sizeof a));
}

int32_t sys_bpf_detach(int32_t cgroup, int32_t program) {
  union bpf_attr a = {.attach_type = BPF_CGROUP_DEVICE};
  a.target_fd = (uint32_t)cgroup;
  a.attach_bpf_fd = (uint32_t)program;
  RESULT(syscall(SYS_bpf, BPF_PROG_DETACH, &a, sizeof a));
}

/* Fills the ids, 32 bits each, of the device programs of a cgroup; returns how many there are. */
int32_t sys_bpf_query(int32_t cgroup, BYTES(ids)) {
  union bpf_attr a = {.query = {.target_fd = (uint32_t)cgroup, .attach_type = BPF_CGROUP_DEVICE}};
  a.query.prog_ids = (uintptr_t)ids;
  a.query.prog_cnt = (uint32_t)(ids_size / 4);
  return syscall(SYS_bpf, BPF_PROG_QUERY, &a, sizeof a) < 0 ? -errno : (int32_t)a.query.prog_cnt;
}

int32_t sys_bpf_by_id(uint32_t id) {
  union bpf_attr a = {.prog_id = id};
  RESULT(syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &a, sizeof a));
}

/* With an empty `attributes`: the version of Landlock. */
int32_t sys_landlock_create(BYTES(attributes)) {
  uint32_t flags = attributes_size == 0 ? 1 : 0;
  RESULT(syscall(SYS_landlock_create_ruleset, flags ? NULL : attributes, attributes_size, flags));
}

int32_t sys_landlock_add(int32_t ruleset, int32_t type, BYTES(rule)) {
  if (rule_size < 12) return -EINVAL;
  RESULT(syscall(SYS_landlock_add_rule, ruleset, type, rule, 0));
}

int32_t sys_landlock_restrict(int32_t ruleset) { RESULT(syscall(SYS_landlock_restrict_self, ruleset, 0)); }
