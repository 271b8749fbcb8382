#!/usr/bin/env bash
# run.sh FUZZER CORPUS FOUND SECONDS: lets FUZZER search for so long, beginning with every
# input of CORPUS, which is kept, and of FOUND, to which it adds what reaches new code.
# An input that fails is left beside FUZZER, as FUZZER-crash-..., and how to repeat it is said.
set -euo pipefail
fuzzer=$1 corpus=$2 found=$3 seconds=$4
mkdir -p "$found"
log=$fuzzer.log
# No input may take ten seconds; in a sanitized build on a busy machine none that is fine does.
if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
  -artifact_prefix="$fuzzer-" "$found" "$corpus" 2>&1 | tee "$log"; then
  exit 0
fi
inputs=$(sed -n 's/.*Test unit written to //p' "$log")
for input in $inputs; do
  printf '\nfuzz: %s fails; to repeat it:\n  %s %s\n' "${fuzzer##*/}" "$fuzzer" "$input"
  printf 'fuzz: once it is mended, keep the input:\n  cp %s %s/\n' "$input" "$corpus"
done
exit 1
