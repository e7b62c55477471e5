/* Counts of references: those of what a program keeps in its file never change. */
enum { JS_REF_KEPT = 1 << 29 };
static inline int js_ref_up(int *count) { return *count >= JS_REF_KEPT ? *count : ++*count; }
static inline int js_ref_down(int *count) { return *count >= JS_REF_KEPT ? *count : --*count; }
