/* A native program on QuickJS: the wrappers as global functions, then the bytecode of the program, which ends the
 * process by itself or leaves `program` behind, whose `start` does. An error that either lets through is a fault of the
 * program: it is shown with its stack. Where the bytecode says so, what it leaves behind is written out instead, to be
 * linked with: the program then starts with all of it in place.
 *
 * IN_TURNS is for programs that have promises, and with them the whole language: their `turn` is called whenever no promise
 * has anything to do, until it answers false. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "quickjs.h"
#include "../program/kept.h"

/* Of bytecode.c. */
extern const struct {
  uint64_t is_to_keep, size;
  uint8_t bytes[];
} code;

void bind_wrappers(JSContext *context);
/* Of keep.h. */
void JS_KeepAll(JSRuntime *runtime);

#ifdef IN_TURNS
enum { GARBAGE = 48 << 20 /* bytes that may be taken before circles are looked for */, STACK = 4 << 20 };

static JSContext *new_context(JSRuntime *runtime) { return JS_NewContext(runtime); }

static void prepare(JSRuntime *runtime) {
  JS_SetGCThreshold(runtime, GARBAGE);
  JS_SetMaxStackSize(runtime, STACK);
}

static int run_turns(JSContext *context, JSValue program) {
  JSValue turn = JS_GetPropertyStr(context, program, "turn"), more;
  do {
    JSContext *own;
    int status;
    while ((status = JS_ExecutePendingJob(JS_GetRuntime(context), &own)) > 0) {}
    more = status < 0 ? JS_EXCEPTION : JS_Call(context, turn, program, 0, NULL);
  } while (JS_ToBool(context, more) > 0);
  return !JS_IsException(more);
}
#else
static JSContext *new_context(JSRuntime *runtime) {
  JSContext *context = JS_NewContextRaw(runtime);
  JS_AddIntrinsicBaseObjects(context);
  JS_AddIntrinsicRegExp(context);
  JS_AddIntrinsicJSON(context);
  JS_AddIntrinsicMapSet(context);
  JS_AddIntrinsicTypedArrays(context);
  JS_AddIntrinsicBigInt(context);
  JS_AddIntrinsicDate(context);
  return context;
}

static void prepare(JSRuntime *runtime) { (void)runtime; }

static int run_turns(JSContext *context, JSValue program) {
  (void)context, (void)program;
  return 1;
}
#endif

static int show_error(JSContext *context) {
  JSValue error = JS_GetException(context);
  JSValue stack = JS_GetPropertyStr(context, error, "stack");
  fprintf(stderr, "uncaught %s\n%s", JS_ToCString(context, error), JS_ToCString(context, stack));
  return 70;
}

static int load(JSContext *context) {
  bind_wrappers(context);
  JSValue program = JS_ReadObject(context, code.bytes, code.size, JS_READ_OBJ_BYTECODE);
  return !JS_IsException(program) && !JS_IsException(JS_EvalFunction(context, program));
}

static int start(JSContext *context) {
  JSValue program = JS_GetPropertyStr(context, JS_GetGlobalObject(context), "program");
  JSValue begin = JS_IsObject(program) ? JS_GetPropertyStr(context, program, "start") : JS_UNDEFINED;
  if (JS_IsUndefined(begin)) return 1;
  return !JS_IsException(JS_Call(context, begin, program, 0, NULL)) && run_turns(context, program);
}

/* Writes what is kept, up to where it is used; memory that lies elsewhere would be missing. */
static int keep(JSContext *context) {
  JS_RunGC(JS_GetRuntime(context));
  JS_KeepAll(JS_GetRuntime(context));
  size_t size = (size_t)(kept.fresh - (char *)&kept);
  kept.root = context;
  kept.end = kept.fresh;
  kept.is_filling = 0;
  memset(kept.spares, 0, sizeof kept.spares);
  return kept.beyond == 0 && write(1, &kept, size) == (ssize_t)size ? 0 : 1;
}

int main(void) {
  JSContext *context = kept.root;
  if (context == NULL) {
    kept.is_filling = code.is_to_keep != 0;
    context = new_context(JS_NewRuntime());
    if (!load(context)) return show_error(context);
    if (code.is_to_keep) return keep(context);
  }
  JS_UpdateStackTop(JS_GetRuntime(context));
  prepare(JS_GetRuntime(context));
  return start(context) ? 0 : show_error(context);
}
