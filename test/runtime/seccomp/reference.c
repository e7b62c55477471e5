/* For tests: a profile compiled by libseccomp. Reads lines from stdin and writes the program to stdout:
 *   default ACTION | arch NUMBER | rule ACTION NAME COUNT {INDEX OPERATOR VALUE VALUE_TWO}…
 * Actions and architectures are libseccomp's numbers. Names that it does not know go to stderr, one a line. */
#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

static scmp_filter_ctx context;

static int operator_of(const char *name) {
  static const char *const names[] = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
  for (int i = 0; i < 7; i++) if (strcmp(names[i], name) == 0) return i + 1;
  return 0;
}

static int rule(void) {
  uint32_t action;
  char name[64], operator_name[16];
  unsigned count;
  struct scmp_arg_cmp conditions[6];
  if (scanf("%" SCNu32 " %63s %u", &action, name, &count) != 3 || count > 6) return -EINVAL;
  for (unsigned i = 0; i < count; i++) {
    struct scmp_arg_cmp *c = &conditions[i];
    if (scanf("%u %15s %" SCNu64 " %" SCNu64, &c->arg, operator_name, &c->datum_a, &c->datum_b) != 4) return -EINVAL;
    c->op = (enum scmp_compare)operator_of(operator_name);
  }
  int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return fprintf(stderr, "%s\n", name), 0;
  return seccomp_rule_add_array(context, action, number, count, conditions);
}

int main(void) {
  char word[16];
  uint32_t value;
  int error = 0;
  while (error >= 0 && scanf("%15s", word) == 1) {
    if (strcmp(word, "rule") == 0) error = rule();
    else if (scanf("%" SCNu32, &value) != 1) error = -EINVAL;
    else if (strcmp(word, "default") == 0) error = (context = seccomp_init(value)) == NULL ? -EINVAL : 0;
    else if ((error = seccomp_arch_add(context, value)) == -EEXIST) error = 0;
  }
  if (error >= 0) error = seccomp_export_bpf(context, 1);
  if (error < 0) fprintf(stderr, "libseccomp: %s\n", strerror(-error));
  return error < 0;
}
