#!/bin/sh
# The command as it is published: short commands without Node where there is a program for that (ADR 18), all others with it.
here=${0%/*}
if [ -h "$0" ]; then
  # Where npm's links lead; to ask for others takes a program.
  if [ "$0" -ef "$here/../teu/dist/packed/teu" ]; then
    here=$here/../teu/dist/packed
  elif [ "$0" -ef "$here/../lib/node_modules/teu/dist/packed/teu" ]; then
    here=$here/../lib/node_modules/teu/dist/packed
  else
    here=$(dirname "$(readlink -f "$0")")
  fi
fi
options="--min-semi-space-size=4 --max-semi-space-size=4"

# Node would read this file at every start; the launcher sees to it that it counts when TLS is spoken.
if [ -n "$NODE_EXTRA_CA_CERTS" ]; then
  export TEU_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"
  unset NODE_EXTRA_CA_CERTS
fi
case $1 in
  pull | push | copy | verify)
    [ -x "$here/../teu-front" ] && [ -z "$TEU_DEBUG" ] && [ "$TEU_FRONT" != off ] &&
      exec "$here/../teu-front" node $options "$here/teu.cjs" -- "$@"
    ;;
esac
exec node $options "$here/teu.cjs" "$@"
