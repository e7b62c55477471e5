/* What the wrappers of `teu-front` share beyond native.h. */
#ifndef TEU_FRONT_H
#define TEU_FRONT_H
#include "native.h"

/* Runs a function in a thread of its own, which nobody waits for. Returns 0, or a negated errno. */
int start_thread(void *(*work)(void *), void *context);

int32_t sys_processors(void);
int32_t sys_hash_update(int32_t hash, BYTES(bytes));

#endif
