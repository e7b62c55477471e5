/* A native program on QuickJS: the wrappers as global functions, then the bytecode of the program, which ends the
 * process by itself. An error that it lets through is a fault of the program: it is shown with its stack. */
#include <stdio.h>
#include "quickjs.h"
#include "bytecode.h"

void bind_wrappers(JSContext *context);

static void add_language(JSContext *context) {
  JS_AddIntrinsicBaseObjects(context);
  JS_AddIntrinsicRegExp(context);
  JS_AddIntrinsicJSON(context);
  JS_AddIntrinsicMapSet(context);
  JS_AddIntrinsicTypedArrays(context);
  JS_AddIntrinsicBigInt(context);
  JS_AddIntrinsicDate(context);
}

static int show_error(JSContext *context) {
  JSValue error = JS_GetException(context);
  JSValue stack = JS_GetPropertyStr(context, error, "stack");
  fprintf(stderr, "uncaught %s\n%s", JS_ToCString(context, error), JS_ToCString(context, stack));
  return 70;
}

static int run(JSContext *context, const unsigned char *code, size_t size) {
  JSValue program = JS_ReadObject(context, code, size, JS_READ_OBJ_BYTECODE);
  return !JS_IsException(program) && !JS_IsException(JS_EvalFunction(context, program));
}

int main(void) {
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *context = JS_NewContextRaw(runtime);
  add_language(context);
  bind_wrappers(context);
  return run(context, bytecode, sizeof bytecode) ? 0 : show_error(context);
}
