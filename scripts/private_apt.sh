# Sourced by scripts that fetch packages without installing them.
# shellcheck shell=bash

# The mirror of this machine's own release, as "URI<TAB>CODENAME".
own_mirror() {
  local codename
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  apt-get indextargets --format $'$(REPO_URI)\t$(CODENAME)\t$(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk -F'\t' -v codename="$codename" '$2 == codename && $3 == "main" { print $1 "\t" $2; exit }'
}

# private_apt DIR COMMAND...: an apt command with lists, cache and a package state
# of its own below DIR. The state is empty, so that every dependency down to libc
# counts as missing.
private_apt() {
  local dir=$1 command=$2
  shift 2
  mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/state/status"
  "$command" -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=- \
    -o "Dir::State=$dir/state" -o "Dir::State::status=$dir/state/status" \
    -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User= -o Debug::NoLocking=true \
    -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=10 "$@"
}
