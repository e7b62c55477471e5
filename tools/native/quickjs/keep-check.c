/* Runs `before`, keeps all that it leaves behind, and runs `after` twice, with a search for garbage between: what is kept has
 * to serve as ever. The scripts are the two arguments; an error ends with status 1. */
#include <stdio.h>
#include <string.h>
#include "quickjs.h"

void JS_KeepAll(JSRuntime *runtime);

static int run(JSContext *context, const char *script) {
  JSValue result = JS_Eval(context, script, strlen(script), "script", JS_EVAL_TYPE_GLOBAL), error;
  JSContext *own;
  while (JS_ExecutePendingJob(JS_GetRuntime(context), &own) > 0) {}
  if (!JS_IsException(result) && !JS_HasException(context)) return 0;
  error = JS_GetException(context);
  fprintf(stderr, "%s\n", JS_ToCString(context, error));
  return 1;
}

int main(int count, char **scripts) {
  JSContext *context = JS_NewContext(JS_NewRuntime());
  if (count != 3 || run(context, scripts[1])) return 1;
  JS_RunGC(JS_GetRuntime(context));
  JS_KeepAll(JS_GetRuntime(context));
  for (int round = 0; round < 2; round++) {
    if (run(context, scripts[2])) return 1;
    JS_RunGC(JS_GetRuntime(context));
  }
  return 0;
}
