/* The bytecode of the program, the content of BYTECODE, a file; none in a program that starts with what was kept. */
#ifdef BYTECODE
#define CONTENT ".quad 2f - 1f\n1: .incbin \"" BYTECODE "\"\n2:"
#else
#define CONTENT ".quad 0"
#endif
__asm__(".section .bytecode, \"a\"\n.balign 16\n.globl code\ncode: .quad " IS_TO_KEEP "\n" CONTENT "\n.previous\n");
