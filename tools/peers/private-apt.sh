# For sourcing: makes a configuration of apt below a folder that leaves the machine's own alone.
#   private_apt FOLDER SUITE     then: private update; private download PACKAGE…
# The mirror is the one that apt uses.
private_apt() {
  private_folder=$1
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' |
    awk '$1 == "Debian" && $2 ~ /\/debian\/?$/ { print $2; exit }')
  [ -n "$mirror" ] || { echo "peers: apt knows no mirror of Debian" >&2; exit 1; }
  mkdir -p "$private_folder/lists/partial" "$private_folder/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $2 main" > "$private_folder/sources.list"
}

private() {
  apt-get -qq -o Dir::Etc::sourcelist="$private_folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$private_folder/lists" -o Dir::Cache="$private_folder/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none "$@"
}
