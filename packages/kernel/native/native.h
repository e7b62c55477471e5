/* What the wrappers share. Each sys_ function returns >= 0, or the negated errno.
 *
 * TEXT, BYTES and EACH mark the parameters that are not numbers; the generator reads them from the signatures:
 *   TEXT(name)   a string; what it stands for as bytes is explained in text.c
 *   BYTES(name)  a Uint8Array, the caller's own memory, which the function may fill
 *   EACH(name)   a function (text: string) => void, called before the wrapper returns
 * Nothing is kept after the return. */
#ifndef TEU_NATIVE_H
#define TEU_NATIVE_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

typedef void (*text_callback)(void *context, const uint8_t *text, size_t size);

#define TEXT(name) const uint8_t *name, size_t name##_size
#define BYTES(name) uint8_t *name, size_t name##_size
#define EACH(name) text_callback name, void *name##_context

/* Declares `name`_z, the bytes of a TEXT ended by NUL, on the stack. For paths and names. */
#define TAKE(name)                                                          \
  char name##_z[PATH_MAX];                                                  \
  do {                                                                      \
    int error_ = text_take(name##_z, sizeof name##_z, name, name##_size);   \
    if (error_ < 0) return error_;                                          \
  } while (0)

/* The same, but a null pointer for an empty text. */
#define TAKE_OPTIONAL(name) \
  TAKE(name##_text);        \
  const char *name##_z = name##_text_size == 0 ? NULL : name##_text_z

#define RESULT(call)                              \
  do {                                            \
    long result_ = (long)(call);                  \
    return result_ < 0 ? -errno : (int32_t)result_; \
  } while (0)

#define RETRY(call)                                    \
  ({                                                   \
    long retry_;                                       \
    do retry_ = (long)(call);                          \
    while (retry_ < 0 && errno == EINTR);              \
    retry_;                                            \
  })

int text_take(char *out, size_t room, const uint8_t *text, size_t size);
char *text_bytes(const uint8_t *text, size_t size, size_t *length);
void text_give(text_callback each, void *context, const char *bytes, size_t size);
void put_f64(uint8_t *out, size_t index, double value);

#endif
