#!/usr/bin/env bash
# Runs every fuzzer for a while, SECONDS each (60), and keeps what reaches new code
# in tests/fuzz/corpus. A crash stops it and leaves its input in build/asan.
set -euo pipefail
cd "$(dirname -- "$0")/.."
seconds=${1:-60}
cmake --preset asan --log-level=WARNING
cmake --build --preset asan -- tier_fuzz
for corpus in tests/fuzz/corpus/*; do
  name=${corpus##*/}
  fuzzer=build/asan/tests/fuzz/$name
  found=build/asan/tests/fuzz/found/$name
  printf 'fuzz: %s, %s s\n' "$name" "$seconds" >&2
  tests/fuzz/run.sh "$fuzzer" "$corpus" "$found" "$seconds"
  # Only what the kept ones do not reach already.
  "$fuzzer" -merge=1 "$corpus" "$found"
done
