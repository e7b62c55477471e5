#!/bin/sh
# Unpacks a Docker with BuildKit, newer than that of Debian 12, into .setup/peers/docker: the benchmarks use it from there.
#   sh tools/peers/docker.sh [FOLDER]
# It is Debian's, of a suite whose programs run with the C library of the one before; runc is the machine's, as for podman.
# The machine stays as it is.
set -eu
tools=$(dirname "$(readlink -f "$0")")
folder=${1:-$(dirname "$(dirname "$tools")")/.setup/peers/docker}
packages="docker.io docker-cli docker-buildx containerd tini"
if [ "$(cat "$folder/done" 2>/dev/null)" = "$packages" ]; then exit 0; fi

. "$tools/private-apt.sh"
mkdir -p "$folder/debs"
private_apt "$folder/apt" trixie
private update
(cd "$folder/debs" && private download $packages)
for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$folder"; done
rm -rf "$folder/debs" "$folder/apt"
# Where a client that is told of no other folder than its own looks for them.
mkdir -p "$folder/client"
ln -sfn ../usr/libexec/docker/cli-plugins "$folder/client/cli-plugins"
echo "$packages" > "$folder/done"
