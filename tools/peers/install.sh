#!/bin/sh
# Unpacks programs of others that ours are compared with, newer than the machine's own, into .setup/peers.
#   sh tools/peers/install.sh [FOLDER]
# They are Debian's packages of its newest suite, unpacked and not installed: the machine stays as it is. The mirror is the
# one that apt uses. What cannot be had is left out, and the tests that need it are skipped.
set -eu
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
folder=${1:-$root/.setup/peers}
suite=sid
static="cosign notation oras crane"
linked="skopeo criu"
if [ "$(cat "$folder/done" 2>/dev/null)" = "$static $linked" ]; then exit 0; fi

. "$root/tools/peers/private-apt.sh"
rm -rf "$folder/bin" "$folder/plain" "$folder/new"
mkdir -p "$folder/bin" "$folder/debs"
private_apt "$folder/apt" "$suite"
private update

# unpack FOLDER PACKAGE…
unpack() {
  unpacked=$1
  shift
  mkdir -p "$unpacked"
  rm -f "$folder"/debs/*
  (cd "$folder/debs" && private download "$@")
  for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$unpacked"; done
}

# Programs that need the machine's C library only.
unpack "$folder/plain" $static
for name in $static; do ln -sf "../plain/usr/bin/$name" "$folder/bin/$name"; done

# The others want newer libraries, so they run by the loader that comes with these.
for name in $linked; do
  libraries=$(private -s -o Dir::State::status=/dev/null --no-install-recommends install "$name" |
    awk '$1 == "Inst" && $2 ~ /^lib/ { print $2 }')
  unpack "$folder/new/$name" "$name" $libraries
  loader=$(find "$folder/new/$name" -name 'ld-linux*.so.*' | head -n 1)
  found=$(find "$folder/new/$name" -path "*bin/$name" -type f | head -n 1)
  cat > "$folder/bin/$name" <<END
#!/bin/sh
exec "$loader" --library-path "$(dirname "$(find "$folder/new/$name" -name libc.so.6 | head -n 1)")" "$found" "\$@"
END
  chmod +x "$folder/bin/$name"
done
rm -rf "$folder/debs" "$folder/apt"
echo "$static $linked" > "$folder/done"
