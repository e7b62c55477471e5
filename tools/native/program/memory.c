/* Memory of a program that has one thread and ends soon: blocks of few sizes, and a list of those given back for each.
 * It takes the place of the C library's malloc, which is slow in musl and spreads wide in glibc. */
#include "kept.h"
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { HEAD = sizeof(size_t), PAGE = 1 << 12, CHUNK = 1 << 18 };
/* Sizes grow by STEP up to FINE, by STRIDE up to COARSE, double up to LARGE, and are pages from there. */
enum { STEP = 1 << 4, FINE = 1 << 10, STRIDE = 1 << 7, COARSE = 1 << 13, LARGE = 1 << 17 };

/* A block that was given back. Every block has its whole size, head and all, in front of it. */
struct spare { struct spare *next; };

static size_t *size_of(void *memory) { return (size_t *)memory - 1; }

static size_t up_to(size_t step, size_t size) { return (size + step - 1) & ~(step - 1); }

static size_t rounded(size_t size) {
  size_t total = size + HEAD;
  if (total <= FINE) return up_to(STEP, total);
  return total <= COARSE ? up_to(STRIDE, total) : (size_t)1 << (64 - __builtin_clzl(total - 1));
}

static void **list_of(size_t total) {
  if (total <= FINE) return &kept.spares[total / STEP];
  const size_t fine = FINE / STEP, coarse = fine + (COARSE - FINE) / STRIDE;
  size_t doublings = (size_t)(__builtin_clzl(COARSE) - __builtin_clzl(total));
  return &kept.spares[total <= COARSE ? fine + (total - FINE) / STRIDE : coarse + doublings];
}

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

static char *pages(size_t size) {
  kept.beyond++;
  char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return start == MAP_FAILED ? no_memory() : start;
}

/* Whether a block lies in the first memory, which is never given back to the kernel. */
static int is_kept(const void *memory) { return (uintptr_t)memory - (uintptr_t)&kept < KEPT_ROOM; }

/* A large block that is kept with all else; NULL where there is no room left for it. */
static char *kept_pages(size_t total) {
  size_t room = total + STEP; /* the head of the next block is in front of it */
  if (!kept.is_filling || (size_t)(kept.end - kept.fresh) < room) return NULL;
  char *start = kept.fresh;
  kept.fresh += room;
  return start;
}

static void *large(size_t size) {
  size_t total = up_to(PAGE, size + STEP);
  if (total < size) return no_memory();
  char *start = kept_pages(total);
  if (start == NULL) start = pages(total);
  if (start == NULL) return NULL;
  *size_of(start + STEP) = total;
  return start + STEP;
}

/* What is left of the last chunk is not used: at most half of it. */
static int refill(void) {
  int is_first = kept.fresh == NULL;
  char *chunk = is_first ? (char *)(&kept + 1) : pages(CHUNK);
  if (chunk == NULL) return -1;
  kept.fresh = chunk + STEP - (uintptr_t)chunk % STEP;
  kept.end = is_first ? (char *)&kept + KEPT_ROOM : chunk + CHUNK;
  return 0;
}

void *malloc(size_t size) {
  if (size > LARGE - HEAD) return large(size);
  size_t total = rounded(size);
  void **list = list_of(total);
  struct spare *spare = *list;
  if (spare != NULL) return *list = spare->next, spare;
  if ((size_t)(kept.end - kept.fresh) < total && refill() < 0) return NULL;
  void *memory = kept.fresh;
  *size_of(memory) = total;
  kept.fresh += total;
  return memory;
}

void free(void *memory) {
  if (memory == NULL) return;
  size_t total = *size_of(memory);
  if (total > LARGE) return is_kept(memory) ? (void)0 : (void)munmap((char *)memory - STEP, total);
  void **list = list_of(total);
  struct spare *spare = memory;
  spare->next = *list;
  *list = spare;
}

void *calloc(size_t count, size_t each) {
  size_t size;
  if (__builtin_mul_overflow(count, each, &size)) return no_memory();
  void *memory = malloc(size);
  int is_clean = size > LARGE - HEAD; /* pages of the kernel, or of the first memory, which nobody had before */
  return memory == NULL || is_clean ? memory : memset(memory, 0, size);
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
