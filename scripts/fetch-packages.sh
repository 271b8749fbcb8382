#!/usr/bin/env bash
# Unpacks packages of this machine's own Debian release below a folder, for tests
# of programs whose installation would change the machine (name service daemons):
#
#   scripts/fetch-packages.sh build/clients nscd hey
#
# Nothing is installed. Does nothing for a package that is there.
set -euo pipefail

die() { printf 'fetch-packages: %s\n' "$*" >&2; exit 1; }

[ $# -ge 2 ] || die 'usage: fetch-packages.sh DIR PACKAGE..., such as fetch-packages.sh build/clients nscd'
root=$(realpath -m -- "$1")
shift
mkdir -p "$root/.packages"
exec 9>"$root/.packages/lock"
flock 9
for package; do
  marker=$root/.packages/$package
  [ ! -e "$marker" ] || continue
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && apt-get download -qq -o APT::Sandbox::User= "$package") >"$work/log" 2>&1 ||
    die "cannot download $package: $(tail -n 1 "$work/log"); run apt-get update and try again"
  dpkg-deb -x "$work"/*.deb "$root"
  touch "$marker"
  rm -rf "$work"
done
