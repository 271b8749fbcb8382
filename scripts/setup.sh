#!/usr/bin/env bash
# Installs what Haldane needs to build, run its demo and run its tests, from
# Debian 12's own packages. Safe to run again: it does nothing when all is there.
set -euo pipefail

# One line per reason, so that a package can be removed with its reason.
packages=(
  build-essential clang llvm lld cmake ninja-build ccache pkg-config git   # toolchains
  libclang-rt-14-dev                                                       # sanitizers and libFuzzer for clang
  libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev   # the wire
  libabsl-dev libboost-math-dev libyaml-cpp-dev libcli11-dev               # libraries
  libsqlite3-dev libssl-dev prometheus-cpp-dev libcivetweb-dev             # store, digests, /metrics
  libcurl4-openssl-dev                                                     # notifications
  libelf-dev zlib1g-dev liblzma-dev libzydis-dev bpftool                   # binaries and BPF
  libidn2-dev                                                              # domain names beyond ASCII in policies
  libgtest-dev libgmock-dev libbenchmark-dev                               # tests and benchmarks
  ruby ruby-dev puma unicorn ruby-rack                                     # what the demo and the tests watch
  bpftrace                                                                 # the peer of bench-probes
  libldns-dev bind9-dnsutils dnsmasq-base                                  # oracle, client and server in the tests of the guard's DNS
  nodejs npm                                                               # the dashboard is built with them
  chromium                                                                 # what tests/dashboard looks at it with
  clang-format shellcheck                                                  # the guard scripts
  wrk                                                                      # load for the demo
  zsh fish groff-base                                                      # what completions and the manual are tried in
  qemu-system-x86 busybox-static                                           # other kernels, for tests/kernels
  musl-tools wget openssh-client                                           # clients of every kind for the guard's tests
  python3 sqlite3 openssl curl iproute2 procps binutils xz-utils           # what scripts and tests call
)
# Debian 12 has libbpf 1.1; uprobe-multi links need 1.3. Its backports suite has 1.4.
libbpf_minimum=1.3

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_packages() {
  local name
  for name in "${packages[@]}"; do
    # Other suppliers' nodejs has npm inside, and Debian's npm conflicts with it.
    [ "$name" = npm ] && command -v npm >/dev/null && continue
    installed "$name" || printf '%s\n' "$name"
  done
}

libbpf_is_recent() {
  local version
  version=$(dpkg-query -W -f='${Version}' libbpf-dev 2>/dev/null) || return 1
  dpkg --compare-versions "${version#*:}" ge "$libbpf_minimum"
}

# The mirror this machine already trusts for its release, as "URI<TAB>KEYRING":
# backports live beside it, and no other address is ever contacted.
release_mirror() {
  local codename=$1
  python3 - "$codename" <<'PY'
import glob, re, sys
codename = sys.argv[1]
for path in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
    for stanza in re.split(r"\n\s*\n", open(path).read()):
        field = {k.lower(): v.strip() for k, v in re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", stanza, re.M)}
        if field.get("enabled", "yes") == "no" or "deb" not in field.get("types", "").split():
            continue
        if codename in field.get("suites", "").split() and "main" in field.get("components", "").split():
            print(field["uris"].split()[0], field.get("signed-by", ""), sep="\t")
            sys.exit()
for path in ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*.list")):
    try:
        lines = open(path).read().splitlines()
    except FileNotFoundError:
        continue
    for line in lines:
        m = re.match(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
        if m and m[3] == codename and "main" in m[4].split():
            key = re.search(r"signed-by=(\S+)", m[1] or "")
            print(m[2], key[1] if key else "", sep="\t")
            sys.exit()
sys.exit(f"no apt source for {codename} main in /etc/apt")
PY
}

install_recent_libbpf() {
  local codename mirror uri keyring list=/etc/apt/sources.list.d/haldane-backports.sources
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  if ! apt-cache policy libbpf-dev | grep -q "$codename-backports"; then
    mirror=$(release_mirror "$codename") || die "cannot find this machine's Debian mirror; add $codename-backports to /etc/apt and run again"
    IFS=$'\t' read -r uri keyring <<<"$mirror"
    say "adding $codename-backports from this machine's own mirror ($list)"
    printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n%s' \
      "$uri" "$codename" "${keyring:+Signed-By: $keyring
}" >"$list"
    apt-get update -qq
  fi
  apt-get install -y -qq --no-install-recommends -t "$codename-backports" libbpf-dev >/dev/null
}

main() {
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ] && libbpf_is_recent; then
    say 'everything is installed'
    return
  fi
  [ "$(id -u)" = 0 ] || die "run as root to install: ${missing[*]:-} libbpf-dev (>= $libbpf_minimum)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
      die 'apt-get could not install the packages above; its message says why'
  fi
  libbpf_is_recent || install_recent_libbpf
  libbpf_is_recent || die "libbpf-dev is older than $libbpf_minimum after the installation"
  say 'done'
}

main "$@"
