/* The first memory of a program, at a place of its own, so that it can be kept in the program's file: what a program has
 * set up before it looks at anything of its own process is there at once when it starts. */
#ifndef TEU_KEPT_H
#define TEU_KEPT_H
#include <stddef.h>

/* How much can be kept, in bytes; some programs say themselves. */
#ifndef KEPT_ROOM
#define KEPT_ROOM 0x200000
#endif

enum { KEPT_LISTS = 128 };

extern struct kept {
  void *root;               /* what the program finds all else by; NULL where nothing was kept */
  void *spares[KEPT_LISTS]; /* lists of memory.c */
  char *fresh, *end;        /* what memory.c has not handed out yet; NULL at first */
  size_t beyond;            /* how often memory.c went elsewhere */
  int is_filling;           /* large blocks are to be kept too */
} kept;

#endif
