/* The end of quickjs.c, which sees all of it. */

/* Has the blocks of an arena that are in use stay. In those that hold no value nobody looks at the count. */
static void keep_arena(JSArena *arena) {
  uint8_t is_free[JS_ARENA_SIZE / sizeof(JSMallocBlockHeader)] = {0};
  unsigned size = arena_block_sizes[arena->block_size_idx];
  for (unsigned at = arena->first_free_block; at != JS_ARENA_FREE_NIL;) {
    is_free[at] = 1;
    at = ((JSMallocBlockHeader *)arena_get_block(arena, at, size))->u.free_next;
  }
  for (unsigned at = 0; at < arena->n_blocks; at++)
    if (!is_free[at]) ((JSMallocBlockHeader *)arena_get_block(arena, at, size))->ref_count = JS_REF_KEPT;
}

/* What has left its list so may leave it once more. */
static void empty(struct list_head *list) {
  struct list_head *at, *next;
  list_for_each_safe(at, next, list) {
    list_del(at);
    init_list_head(at);
  }
}

/* All values that are there now stay for ever, and what comes later has memory elsewhere. */
void JS_KeepAll(JSRuntime *rt) {
  struct list_head *at;
  for (int size = 0; size < JS_ARENA_BLOCK_SIZE_COUNT; size++) {
    list_for_each(at, &rt->arena_state.arena_list[size]) keep_arena(list_entry(at, JSArena, link));
    empty(&rt->arena_state.arena_list[size]);
    empty(&rt->arena_state.free_arena_list[size]);
  }
  /* And what is too large for arenas, or has its count elsewhere. */
  for (int atom = 0; atom < rt->atom_size; atom++)
    if (!atom_is_free(rt->atom_array[atom])) JS_REF_COUNT(rt->atom_array[atom]) = JS_REF_KEPT;
  list_for_each(at, &rt->gc_obj_list) {
    JSGCObjectHeader *object = list_entry(at, JSGCObjectHeader, link);
    /* A shape that is not hashed has one owner, who changes it as long as there is no other. */
    int is_owned = JS_GC_TYPE(object) == JS_GC_OBJ_TYPE_SHAPE && !((JSShape *)object)->is_hashed;
    JS_REF_COUNT(object) = is_owned ? 1 : JS_REF_KEPT;
  }
}
