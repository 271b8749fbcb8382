#!/usr/bin/env bash
# Runs every fuzzer for a while, SECONDS each (60), and keeps what reaches new code
# in tests/fuzz/corpus. A crash stops it and leaves its input in build/asan.
set -euo pipefail
cd "$(dirname -- "$0")/.."
seconds=${1:-60}
cmake --preset asan --log-level=WARNING
cmake --build --preset asan -- fuzzers
for fuzzer in build/asan/tests/fuzz/*_fuzz; do
  name=${fuzzer##*/}
  printf 'fuzz: %s, %s s\n' "$name" "$seconds" >&2
  "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix=build/asan/tests/fuzz/ "build/asan/tests/fuzz/new_$name" "tests/fuzz/corpus/$name"
  # Only what the kept ones do not reach already.
  "$fuzzer" -merge=1 "tests/fuzz/corpus/$name" "build/asan/tests/fuzz/new_$name"
done
