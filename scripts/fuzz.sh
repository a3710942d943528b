#!/usr/bin/env bash
# Builds the fuzzers of tests/fuzz with clang and runs each of them for FUZZ_SECONDS (600), or those named.
# What they learn stays in build/fuzz/corpus; input that breaks something is left in build/fuzz/crashes.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

scripts/build.sh fuzz -DASHLAR_TESTS=OFF -DASHLAR_BENCH=OFF fuzz || exit 1
programs=("$@")
if [ ${#programs[@]} -eq 0 ]; then
  for source in tests/fuzz/fuzz_*.cpp; do programs+=("$(basename "$source" .cpp)"); done
fi

failed=0
mkdir -p build/fuzz/crashes
for program in "${programs[@]}"; do
  echo
  echo "$program, ${FUZZ_SECONDS:-600} s..."
  mkdir -p "build/fuzz/corpus/$program"
  "build/fuzz/tests/fuzz/$program" -max_total_time="${FUZZ_SECONDS:-600}" -max_len=4096 -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -dict=tests/fuzz/names.dict -artifact_prefix=build/fuzz/crashes/ \
    "build/fuzz/corpus/$program" || failed=$((failed + 1))
done
echo
echo "${#programs[@]} fuzzers, $failed failed"
[ $failed -eq 0 ]
