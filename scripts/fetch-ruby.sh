#!/usr/bin/env bash
# Unpacks the Ruby of another Debian suite, with its libc and everything else it
# needs, below a folder of its own, so that several Rubies can run on one machine:
#
#   scripts/fetch-ruby.sh trixie build/rubies/trixie
#   build/rubies/trixie/run-ruby -e 'puts RUBY_VERSION'
#
# Packages named after DIR are unpacked as well, such as puma; what they bring is on
# the load path of run-ruby.
#
# Nothing is installed. Packages come from the mirror that this machine's apt
# already uses for Debian. Does nothing when the folder is complete, waits when
# another process is filling it, and for ten minutes after a failure repeats its
# message instead of trying again, so that a row of tests does not wait in vain.
set -euo pipefail

say() { printf 'fetch-ruby: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
# For what may be different later, such as the network.
give_up() { printf '%s\n' "$*" >"$root.failed"; die "$*"; }

[ $# -ge 2 ] || die 'usage: fetch-ruby.sh SUITE DIR [PACKAGE...], such as fetch-ruby.sh trixie build/rubies/trixie'
suite=$1
root=$(realpath -m -- "$2")
packages=("${@:3}")
apt_dir=$root.apt

# shellcheck source=scripts/private_apt.sh
source "$(dirname -- "$(realpath -- "$0")")/private_apt.sh"

prepare_apt() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(own_mirror | cut -f 1)
  [ -n "$mirror" ] || die "apt on this machine knows no Debian mirror; run apt-get update and try again"
  [ -e "$keyring" ] || keyring=
  mkdir -p "$apt_dir"
  printf 'deb %s%s %s main\n' "${keyring:+[signed-by=$keyring] }" "$mirror" "$suite" >"$apt_dir/sources.list"
  private_apt "$apt_dir" apt-get update -qq -o APT::Update::Error-Mode=any 2>"$apt_dir/update.log" ||
    give_up "the mirror $mirror does not serve $suite: $(grep -m 1 '^E:' "$apt_dir/update.log")"
}

# A starter that uses the folder's own loader, libraries and standard library.
write_starter() {
  local package=$1 version=${1#ruby}
  cat >"$root/run-ruby" <<STARTER
#!/bin/sh
root=\$(dirname -- "\$(realpath -- "\$0")")
loader=\$(find "\$root/lib64" "\$root/lib/x86_64-linux-gnu" "\$root/usr/lib/x86_64-linux-gnu" "\$root/usr/lib64" \\
  -maxdepth 1 -type f \( -name 'ld-linux-x86-64.so.2' -o -name 'ld-2.*.so' \) 2>/dev/null | head -n 1)
lib=\$root/usr/lib/ruby/$version.0
arch=\$root/usr/lib/x86_64-linux-gnu/ruby/$version.0
for packaged in "\$root"/usr/lib/ruby/vendor_ruby "\$root"/usr/lib/x86_64-linux-gnu/ruby/vendor_ruby/$version.0 \\
  "\$root"/usr/share/rubygems-integration/*/gems/*/lib "\$root"/usr/lib/x86_64-linux-gnu/rubygems-integration/*/gems/*/lib \\
  "\$root"/usr/lib/x86_64-linux-gnu/rubygems-integration/*/extensions/*/*/*; do
  [ -d "\$packaged" ] && set -- -I "\$packaged" "\$@"
done
exec "\$loader" --library-path "\$root/lib/x86_64-linux-gnu:\$root/usr/lib/x86_64-linux-gnu" \\
  "\$root/usr/bin/$package" --disable-gems -I "\$lib" -I "\$arch" "\$@"
STARTER
  chmod +x "$root/run-ruby"
}

main() {
  local package deb
  mkdir -p "$(dirname -- "$root")"
  exec 9>"$root.lock"
  flock 9
  if [ -e "$root/complete" ]; then
    return
  fi
  if [ -n "$(find "$root.failed" -mmin -10 2>/dev/null)" ]; then
    die "$(cat "$root.failed")"
  fi
  prepare_apt
  package=$(private_apt "$apt_dir" apt-cache depends ruby | sed -n 's/^  Depends: \(ruby[0-9.]*\)$/\1/p' | head -n 1)
  [ -n "$package" ] || die "$suite has no package named ruby"
  say "downloading $package of $suite"
  private_apt "$apt_dir" apt-get install -qq -y --no-install-recommends --download-only "$package" "${packages[@]}" >"$apt_dir/install.log" 2>&1 ||
    give_up "cannot download $package of $suite: $(tail -n 1 "$apt_dir/install.log")"
  rm -rf "$root"
  mkdir -p "$root"
  for deb in "$apt_dir"/cache/archives/*.deb; do
    dpkg-deb -x "$deb" "$root"
  done
  write_starter "$package"
  "$root/run-ruby" -e 'exit' || die "$package of $suite is unpacked in $root but does not run"
  rm -rf "$apt_dir" "$root.failed"
  : >"$root/complete"
  say "$package is ready: $root/run-ruby"
}

main
