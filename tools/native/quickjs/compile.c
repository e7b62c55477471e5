/* Turns one JavaScript source into bytecode: compile IN.js NAME OUT */
#include <stdio.h>
#include <stdlib.h>
#include "quickjs.h"

static char *slurp(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
  *size = (size_t)ftell(file);
  rewind(file);
  char *text = calloc(1, *size + 1);
  if (text == NULL || fread(text, 1, *size, file) != *size) return NULL;
  fclose(file);
  return text;
}

static int put(const char *path, const uint8_t *code, size_t size) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(code, 1, size, file) != size) return 1;
  return fclose(file);
}

int main(int argc, char **argv) {
  size_t size, code_size;
  char *text = argc == 4 ? slurp(argv[1], &size) : NULL;
  if (text == NULL) return 2;
  JSContext *context = JS_NewContext(JS_NewRuntime());
  JSValue program = JS_Eval(context, text, size, argv[2], JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(program)) {
    fprintf(stderr, "%s\n", JS_ToCString(context, JS_GetException(context)));
    return 1;
  }
  uint8_t *code = JS_WriteObject(context, &code_size, program, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  return code == NULL ? 1 : put(argv[3], code, code_size);
}
