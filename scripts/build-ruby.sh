#!/usr/bin/env bash
# Builds a Ruby that is one program with no library beside it, from the source of
# this machine's own Debian release, as version managers do:
#
#   scripts/build-ruby.sh build/rubies/static
#   build/rubies/static/run-ruby -e 'puts RUBY_VERSION'
#
# run-stripped runs the same without symbols. Nothing is installed. Takes a minute
# or two; does nothing when the folder is complete, waits when another process is
# filling it, and for ten minutes after a failure repeats its message.
set -euo pipefail

say() { printf 'build-ruby: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
# For what may be different later, such as the network.
give_up() { printf '%s\n' "$*" >"$root.failed"; die "$*"; }

[ $# -eq 1 ] || die 'usage: build-ruby.sh DIR, such as build-ruby.sh build/rubies/static'
root=$(realpath -m -- "$1")
work=$root.work

# shellcheck source=scripts/private_apt.sh
source "$(dirname -- "$(realpath -- "$0")")/private_apt.sh"

fetch_source() {
  local mirror codename keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  IFS=$'\t' read -r mirror codename < <(own_mirror) ||
    die 'apt on this machine knows no Debian mirror; run apt-get update and try again'
  [ -e "$keyring" ] || keyring=
  mkdir -p "$work/source" "$work/build"
  printf 'deb-src %s%s %s main\n' "${keyring:+[signed-by=$keyring] }" "$mirror" "$codename" >"$work/sources.list"
  private_apt "$work" apt-get -qq update -o APT::Update::Error-Mode=any >"$work/apt.log" 2>&1 ||
    give_up "the mirror $mirror does not serve sources of $codename: $(grep -m 1 '^E:' "$work/apt.log")"
  (cd "$work" && private_apt "$work" apt-get -qq source --download-only "$(package_name)" >>"$work/apt.log" 2>&1) ||
    give_up "cannot download the source of Ruby: $(tail -n 1 "$work/apt.log")"
  tar -xf "$work"/*.orig.tar.* -C "$work/source" --strip-components=1
}

# Such as ruby3.1.
package_name() { apt-cache depends ruby | sed -n 's/^  Depends: \(ruby[0-9.]*\)$/\1/p' | head -n 1; }

# The interpreter alone: extensions, documents and tools take most of the time.
build() {
  local compiler=gcc
  command -v ccache >/dev/null && compiler='ccache gcc'
  cd "$work/build"
  if ! { ../source/configure --disable-shared --disable-install-doc --disable-rubygems --disable-jit-support --disable-dtrace \
    --without-gmp CC="$compiler" optflags=-O2 debugflags= >"$work/build.log" 2>&1 &&
    make -j"$(nproc)" ruby >>"$work/build.log" 2>&1; }; then
    give_up "Ruby does not build: $(tail -n 1 "$work/build.log")"
  fi
}

write_starter() {
  cat >"$root/$1" <<STARTER
#!/bin/sh
root=\$(dirname -- "\$(realpath -- "\$0")")
exec "\$root/$2" --disable-gems -I "\$root/lib" "\$@"
STARTER
  chmod +x "$root/$1"
}

main() {
  mkdir -p "$(dirname -- "$root")"
  exec 9>"$root.lock"
  flock 9
  if [ -e "$root/complete" ]; then
    return
  fi
  if [ -n "$(find "$root.failed" -mmin -10 2>/dev/null)" ]; then
    die "$(cat "$root.failed")"
  fi
  rm -rf "$root" "$work"
  mkdir -p "$work"
  fetch_source
  say 'compiling Ruby as one program'
  (build)
  mkdir -p "$root"
  cp "$work/build/ruby" "$root/ruby"
  strip -o "$root/ruby-stripped" "$root/ruby"
  cp -r "$work/source/lib" "$root/lib"
  write_starter run-ruby ruby
  write_starter run-stripped ruby-stripped
  "$root/run-stripped" -e 'exit' || die "Ruby is built in $root but does not run"
  rm -rf "$work" "$root.failed"
  : >"$root/complete"
  say "ready: $root/run-ruby"
}

main
