#!/bin/sh
# The linker that scriptc calls: it speaks clang's -target, which other compilers do not know, and teu links statically.
set -- "$@" --end
while [ "$1" != --end ]; do
  if [ "$1" = -target ]; then shift 2; continue; fi
  set -- "$@" "$1"
  shift
done
shift
exec "${TEU_CC:-cc}" -static -Wl,--gc-sections ${TEU_LINK-} "$@"
