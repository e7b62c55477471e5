/* Memory of a program that has one thread and ends soon: blocks of few sizes, and a list of those given back for each.
 * It takes the place of the C library's malloc, which is slow in musl and spreads wide in glibc. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { STEP = 16, HEAD = sizeof(size_t), FINE = 1 << 10, LARGE = 1 << 17, CHUNK = 1 << 18, PAGE = 1 << 12 };

/* A block that was given back. Every block has its whole size, head and all, in front of it. */
struct spare { struct spare *next; };

static struct spare *spares[FINE / STEP + 32];
static char *fresh, *fresh_end;

static size_t *size_of(void *memory) { return (size_t *)memory - 1; }

/* Sizes grow by steps up to FINE, and double from there. */
static size_t rounded(size_t size) {
  size_t total = (size + HEAD + STEP - 1) & ~(size_t)(STEP - 1);
  return total <= FINE ? total : (size_t)1 << (64 - __builtin_clzl(total - 1));
}

static struct spare **list_of(size_t total) {
  return &spares[total <= FINE ? total / STEP : (size_t)(FINE / STEP + 53 - __builtin_clzl(total))];
}

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

static char *pages(size_t size) {
  char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return start == MAP_FAILED ? no_memory() : start;
}

static void *large(size_t size) {
  size_t total = (size + STEP + PAGE - 1) & ~(size_t)(PAGE - 1);
  char *start = total < size ? no_memory() : pages(total);
  if (start == NULL) return NULL;
  *size_of(start + STEP) = total;
  return start + STEP;
}

/* What is left of the last chunk is not used: at most half of it. */
static int refill(void) {
  char *chunk = pages(CHUNK);
  if (chunk == NULL) return -1;
  fresh = chunk + STEP;
  fresh_end = chunk + CHUNK;
  return 0;
}

void *malloc(size_t size) {
  if (size > LARGE - HEAD) return large(size);
  size_t total = rounded(size);
  struct spare **list = list_of(total), *spare = *list;
  if (spare != NULL) return *list = spare->next, spare;
  if ((size_t)(fresh_end - fresh) < total && refill() < 0) return NULL;
  void *memory = fresh;
  *size_of(memory) = total;
  fresh += total;
  return memory;
}

void free(void *memory) {
  if (memory == NULL) return;
  size_t total = *size_of(memory);
  if (total > LARGE) return (void)munmap((char *)memory - STEP, total);
  struct spare **list = list_of(total), *spare = memory;
  spare->next = *list;
  *list = spare;
}

void *calloc(size_t count, size_t each) {
  size_t size;
  if (__builtin_mul_overflow(count, each, &size)) return no_memory();
  void *memory = malloc(size);
  return memory == NULL || size > LARGE - HEAD ? memory : memset(memory, 0, size);
}

size_t malloc_usable_size(void *memory) {
  size_t total = memory == NULL ? HEAD : *size_of(memory);
  return total - (total > LARGE ? STEP : HEAD);
}

void *realloc(void *memory, size_t size) {
  size_t room = malloc_usable_size(memory);
  if (memory != NULL && size <= room) return memory;
  void *wider = malloc(size);
  if (wider == NULL || memory == NULL) return wider;
  memcpy(wider, memory, room);
  free(memory);
  return wider;
}

/* Nothing here is aligned to more than 16 bytes. */
void *aligned_alloc(size_t alignment, size_t size) { return alignment <= STEP ? malloc(size) : no_memory(); }

void *memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = aligned_alloc(alignment, size);
  return *memory == NULL ? ENOMEM : 0;
}
