/* The place of kept.h: empty, or with the content of KEPT, a file. */
#ifdef KEPT
#define CONTENT "@progbits\n.balign 4096\n.globl kept\nkept: .incbin \"" KEPT "\""
#else
#define CONTENT "@nobits\n.balign 4096\n.globl kept\nkept: .skip 0x200000"
#endif
__asm__(".section .kept, \"aw\", " CONTENT "\n.previous\n");
