/* The place of kept.h: empty, or with the content of KEPT, a file. */
#include "kept.h"

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number
#ifdef KEPT
#define CONTENT "@progbits\n.balign 4096\n.globl kept\nkept: .incbin \"" KEPT "\""
#else
#define CONTENT "@nobits\n.balign 4096\n.globl kept\nkept: .skip " TEXT(KEPT_ROOM)
#endif
__asm__(".section .kept, \"aw\", " CONTENT "\n.previous\n");
