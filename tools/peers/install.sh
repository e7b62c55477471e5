#!/bin/sh
# Unpacks programs of others that ours are compared with, newer than the machine's own, into .setup/peers.
#   sh tools/peers/install.sh [FOLDER]
# They are Debian's packages of its newest suite, unpacked and not installed: the machine stays as it is. The mirror is the
# one that apt uses. What cannot be had is left out, and the tests that need it are skipped.
set -eu
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
folder=${1:-$root/.setup/peers}
suite=sid
programs="cosign notation oras crane"
if [ "$(cat "$folder/done" 2>/dev/null)" = "$programs" ]; then exit 0; fi

. "$root/tools/peers/private-apt.sh"
mkdir -p "$folder/bin" "$folder/debs"
private_apt "$folder/apt" "$suite"
private update

# Programs that need the machine's C library only.
(cd "$folder/debs" && private download $programs)
for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$folder/plain"; done
rm -f "$folder"/debs/*
for name in $programs; do ln -sf "../plain/usr/bin/$name" "$folder/bin/$name"; done

# skopeo wants newer libraries, so it runs by the loader that comes with them.
(cd "$folder/debs" && private download skopeo libc6 libgpgme45 libassuan9 libgpg-error0 libsqlite3-0 libgcc-s1)
for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$folder/new"; done
rm -rf "$folder/debs" "$folder/apt"
loader=$(find "$folder/new" -name 'ld-linux*.so.*' | head -n 1)
cat > "$folder/bin/skopeo" <<END
#!/bin/sh
exec "$loader" --library-path "$(dirname "$(find "$folder/new" -name 'libc.so.6' | head -n 1)")" "$folder/new/usr/bin/skopeo" "\$@"
END
chmod +x "$folder/bin/skopeo"
echo "$programs" > "$folder/done"
