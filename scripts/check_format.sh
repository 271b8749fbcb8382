#!/usr/bin/env bash
# Every C and C++ file is as clang-format 14 leaves it, and shell scripts
# pass shellcheck. `make format` is the fix for the first.
set -euo pipefail
cd "$(dirname "$0")/.."

formatter=clang-format-14
command -v "$formatter" >/dev/null || formatter=clang-format
case $("$formatter" --version) in
  *'version 14.'*) ;;
  *) echo "check_format: clang-format 14 is needed, another version lays out differently; run scripts/setup.sh" >&2; exit 1 ;;
esac

# Files of the working tree, committed or about to be.
present() { git ls-files -co --exclude-standard -- "$@" | while IFS= read -r f; do [ ! -e "$f" ] || echo "$f"; done; }

mapfile -t sources < <(present '*.h' '*.cc' '*.c')
mapfile -t shells < <(present '*.sh' .ci/run)
status=0
if [ "${1:-}" = --fix ]; then
  "$formatter" -i "${sources[@]}"
  exit
fi
mapfile -t unformatted < <("$formatter" --dry-run "${sources[@]}" 2>&1 |
  sed -nE 's/^([^:]+):[0-9]+:[0-9]+: warning: .*clang-format.*/\1/p' | sort -u)
for file in "${unformatted[@]}"; do
  echo "$file: not formatted; run make format"
  status=1
done
shellcheck -x "${shells[@]}" || status=1
echo "check_format: ${#sources[@]} sources, ${#unformatted[@]} unformatted; ${#shells[@]} scripts through shellcheck"
exit $status
