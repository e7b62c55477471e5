/* Strings of the program are Unicode; names and arguments of Linux are bytes.
 *
 * A byte that is not part of valid UTF-8 becomes the character U+10FF00 + byte, and goes back to that byte; so do the
 * bytes of those 128 characters themselves. Every byte sequence survives the way in and out. */
#include "native.h"

/* Length of the valid UTF-8 sequence at the start of `s`, or 0. */
static size_t sequence(const uint8_t *s, size_t size) {
  size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
  if (n > size) return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  if (s[0] == 0xe0 && s[1] < 0xa0) return 0; /* longer than needed */
  if (s[0] == 0xed && s[1] > 0x9f) return 0; /* half of a surrogate pair */
  if (s[0] == 0xf0 && s[1] < 0x90) return 0;
  return s[0] == 0xf4 && s[1] > 0x8f ? 0 : n;
}

static int is_escape(const uint8_t *s, size_t size) {
  return size >= 4 && s[0] == 0xf4 && s[1] == 0x8f && (s[2] == 0xbe || s[2] == 0xbf);
}

/* Decodes into `out`, which has room for `size` bytes; returns the length. */
static size_t decode(char *out, const uint8_t *s, size_t size) {
  size_t length = 0;
  if (size == 0 || memchr(s, 0xf4, size) == NULL) {
    if (size > 0) memcpy(out, s, size);
    return size;
  }
  for (size_t i = 0; i < size; length++) {
    int escaped = is_escape(s + i, size - i);
    out[length] = (char)(!escaped ? s[i] : s[i + 2] == 0xbe ? s[i + 3] : s[i + 3] | 0x40);
    i += escaped ? 4 : 1;
  }
  return length;
}

/* Takes a text as a string of C: no NUL inside, shorter than `room`. */
int text_take(char *out, size_t room, const uint8_t *text, size_t size) {
  if (size >= room) return -ENAMETOOLONG;
  if (size > 0 && memchr(text, 0, size) != NULL) return -EINVAL;
  out[decode(out, text, size)] = 0;
  return 0;
}

/* The bytes of a text in fresh memory, ended by NUL; NULL without memory. */
char *text_bytes(const uint8_t *text, size_t size, size_t *length) {
  char *out = malloc(size + 1);
  if (out == NULL) return NULL;
  *length = decode(out, text, size);
  out[*length] = 0;
  return out;
}

/* Eight bytes of ASCII. */
static int is_ascii(const uint8_t *s) {
  uint64_t word;
  memcpy(&word, s, sizeof word);
  return (word & 0x8080808080808080) == 0;
}

/* Index of the first byte that needs an escape, or `size`. */
static size_t plain(const uint8_t *s, size_t size) {
  size_t i = 0;
  while (i < size) {
    for (; size - i >= sizeof(uint64_t) && is_ascii(s + i); i += sizeof(uint64_t)) {}
    if (i == size) break;
    size_t n = s[i] < 0x80 ? 1 : sequence(s + i, size - i);
    if (n == 0 || is_escape(s + i, n)) break;
    i += n;
  }
  return i;
}

static size_t escape(uint8_t *out, uint8_t byte) {
  const uint8_t code[4] = {0xf4, 0x8f, byte < 0xc0 ? 0xbe : 0xbf, (uint8_t)(0x80 | (byte & 0x3f))};
  memcpy(out, code, sizeof code);
  return sizeof code;
}

/* Encodes into `out`, which has room for four times `size` bytes; returns the length. */
static size_t encode(uint8_t *out, const uint8_t *s, size_t size) {
  size_t length = 0;
  for (size_t from = 0, i; from < size; from = i) {
    i = from + plain(s + from, size - from);
    memcpy(out + length, s + from, i - from);
    length += i - from;
    if (i < size) length += escape(out + length, s[i++]);
  }
  return length;
}

/* Hands bytes of Linux to the program as a text. */
void text_give(text_callback each, void *context, const char *bytes, size_t size) {
  const uint8_t *s = (const uint8_t *)bytes;
  if (plain(s, size) == size) return each(context, s, size);
  uint8_t *out = malloc(size * 4);
  if (out == NULL) abort();
  each(context, out, encode(out, s, size));
  free(out);
}

void put_f64(uint8_t *out, size_t index, double value) {
  memcpy(out + index * sizeof value, &value, sizeof value);
}
