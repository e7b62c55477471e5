/* Where a program begins that may enter containers: before the C library is set up, it starts over from a mount of its
 * own file that is read-only, as packages/runtime/src/container/seal.ts says and does where this could not. Being first
 * spares the start of the library and of the program, twice. Nothing of the C library can be used here. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

enum { READ_ONLY = 1 /* ST_RDONLY */ };

#ifdef __x86_64__
static long call(long number, long a, long b, long c, long d, long e) {
  register long d_ __asm__("r10") = d, e_ __asm__("r8") = e;
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(d_), "r"(e_) : "rcx", "r11", "memory");
  return number;
}
__asm__(".globl teu_start\nteu_start:\n mov %rsp, %rbx\n mov %rsp, %rdi\n and $-16, %rsp\n call start_over\n"
        " mov %rbx, %rsp\n xor %edx, %edx\n jmp _start\n");
#else
static long call(long number, long a, long b, long c, long d, long e) {
  register long n_ __asm__("x8") = number, a_ __asm__("x0") = a, b_ __asm__("x1") = b, c_ __asm__("x2") = c;
  register long d_ __asm__("x3") = d, e_ __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(a_) : "r"(n_), "r"(b_), "r"(c_), "r"(d_), "r"(e_) : "memory");
  return a_;
}
__asm__(".globl teu_start\nteu_start:\n mov x0, sp\n bl start_over\n mov x0, xzr\n b _start\n");
#endif

static int same(const char *a, const char *b) {
  while (*a == *b && *a != 0) a++, b++;
  return *a == *b;
}

static int enters(char *const *words) {
  for (; *words != NULL; words++)
    if (same(*words, "create") || same(*words, "run") || same(*words, "exec")) return 1;
  return 0;
}

/* Sealed, or on a mount that is read-only. */
static int is_safe(long file) {
  struct statfs about;
  if (call(SYS_fcntl, file, F_GET_SEALS, 0, 0, 0) >= 0) return 1;
  return call(SYS_fstatfs, file, (long)&about, 0, 0, 0) != 0 || (about.f_flags & READ_ONLY) != 0;
}

/* A mount of the program's own file that is read-only; negative where that is not needed or not allowed. */
static long read_only_self(void) {
  const int flags = AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  struct mount_attr change = {.attr_set = MOUNT_ATTR_RDONLY};
  long own = call(SYS_openat, AT_FDCWD, (long)"/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, 0);
  long tree = is_safe(own) ? -1 : call(SYS_open_tree, own, (long)"", flags, 0, 0);
  call(SYS_close, own, 0, 0, 0, 0);
  if (tree < 0) return tree;
  long error = call(SYS_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&change, sizeof change);
  if (error == 0) return tree;
  call(SYS_close, tree, 0, 0, 0, 0);
  return -1;
}

/* `stack` is as the kernel left it: the number of words, the words, a null pointer, the environment. */
__attribute__((used)) void start_over(long *stack) {
  char **words = (char **)(stack + 1), **environment = words + stack[0] + 1;
  long tree = enters(words) ? read_only_self() : -1;
  if (tree < 0) return;
  call(SYS_execveat, tree, (long)"", (long)words, (long)environment, AT_EMPTY_PATH);
  call(SYS_close, tree, 0, 0, 0, 0);
}
