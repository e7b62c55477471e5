/* Tries memory.c: blocks of random sizes, taken, widened and given back, keep what is written to them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 500, ROUNDS = 10000, WIDEST = 300000 };

static unsigned char *blocks[BLOCKS];
static size_t sizes[BLOCKS];

static size_t some_size(void) {
  int bits = rand() % 18;
  return (size_t)rand() % ((size_t)2 << bits) % WIDEST;
}

static int is_intact(int i) {
  for (size_t at = 0; at < sizes[i]; at++)
    if (blocks[i][at] != (unsigned char)i) return 0;
  return (uintptr_t)blocks[i] % 16 == 0;
}

static void put(int i, unsigned char *block, size_t size) {
  blocks[i] = block;
  sizes[i] = size;
  memset(block, i, size);
}

static int step(int i) {
  size_t size = some_size(), shorter = size < sizes[i] ? size : sizes[i];
  if (!is_intact(i)) return 1;
  if (rand() % 3 == 0) {
    unsigned char *wider = realloc(blocks[i], size);
    sizes[i] = shorter;
    blocks[i] = wider;
    if (!is_intact(i)) return 2;
    return put(i, wider, size), 0;
  }
  free(blocks[i]);
  unsigned char *block = rand() % 2 ? malloc(size) : calloc(1, size);
  return put(i, block, size), 0;
}

int main(void) {
  size_t one = 1;
  for (int i = 0; i < BLOCKS; i++) put(i, malloc(one), one);
  for (int round = 0; round < ROUNDS; round++) {
    int fault = step(rand() % BLOCKS);
    if (fault != 0) return printf("round %d: fault %d\n", round, fault), 1;
  }
  unsigned char *zero = calloc(100, 3);
  for (int i = 0; i < 300; i++)
    if (zero[i] != 0) return 3;
  return malloc(SIZE_MAX - 4) == NULL && calloc(SIZE_MAX / 2, 3) == NULL ? 0 : 4;
}
