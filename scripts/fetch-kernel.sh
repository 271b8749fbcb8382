#!/usr/bin/env bash
# Unpacks the kernel of another Debian suite below a folder of its own, for the
# tests that boot it:
#
#   scripts/fetch-kernel.sh trixie build/kernels/trixie
#
# leaves build/kernels/trixie/vmlinuz and build/kernels/trixie/release (uname -r).
# Nothing is installed. Packages come from the mirror that this machine's apt
# already uses for Debian. Does nothing when the folder is complete; for ten
# minutes after a failure it repeats its message instead of trying again.
set -euo pipefail

die() { printf 'fetch-kernel: %s\n' "$*" >&2; exit 1; }
give_up() { printf '%s\n' "$*" >"$root.failed"; die "$*"; }

[ $# -eq 2 ] || die 'usage: fetch-kernel.sh SUITE DIR, such as fetch-kernel.sh trixie build/kernels/trixie'
suite=$1
root=$(realpath -m -- "$2")
apt_dir=$root.apt

# shellcheck source=scripts/private_apt.sh
source "$(dirname -- "$(realpath -- "$0")")/private_apt.sh"

# The package with the kernel's image: of some suites one that the usual name
# depends on.
image_package() {
  local image
  image=$(private_apt "$apt_dir" apt-cache depends linux-image-cloud-amd64 |
    sed -n 's/^  Depends: \(linux-image-[0-9].*-cloud-amd64\)$/\1/p' | head -n 1)
  [ -n "$image" ] || die "$suite has no package linux-image-cloud-amd64"
  if private_apt "$apt_dir" apt-cache show "${image/linux-image-/linux-binary-}" >/dev/null 2>&1; then
    image=${image/linux-image-/linux-binary-}
  fi
  printf '%s' "$image"
}

main() {
  local mirror package image keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$(dirname -- "$root")"
  exec 9>"$root.lock"
  flock 9
  [ ! -e "$root/complete" ] || return 0
  if [ -n "$(find "$root.failed" -mmin -10 2>/dev/null)" ]; then die "$(cat "$root.failed")"; fi
  mirror=$(own_mirror | cut -f 1)
  [ -n "$mirror" ] || die 'apt on this machine knows no Debian mirror; run apt-get update and try again'
  [ -e "$keyring" ] || keyring=
  rm -rf "$root" "$apt_dir"
  mkdir -p "$root" "$apt_dir"
  printf 'deb %s%s %s main\n' "${keyring:+[signed-by=$keyring] }" "$mirror" "$suite" >"$apt_dir/sources.list"
  private_apt "$apt_dir" apt-get update -qq -o APT::Update::Error-Mode=any 2>"$apt_dir/update.log" ||
    give_up "the mirror $mirror does not serve $suite: $(grep -m 1 '^E:' "$apt_dir/update.log")"
  package=$(image_package)
  (cd "$apt_dir" && private_apt "$apt_dir" apt-get download -qq "$package") >"$apt_dir/download.log" 2>&1 ||
    give_up "cannot download $package of $suite: $(tail -n 1 "$apt_dir/download.log")"
  dpkg-deb -x "$apt_dir"/*.deb "$apt_dir/unpacked"
  image=$(find "$apt_dir/unpacked" -type f -name 'vmlinuz*' | head -n 1)
  [ -n "$image" ] || die "$package holds no vmlinuz"
  mv "$image" "$root/vmlinuz"
  printf '%s\n' "$package" | sed 's/^linux-[a-z]*-//' >"$root/release"
  rm -rf "$apt_dir" "$root.failed"
  : >"$root/complete"
}

main
