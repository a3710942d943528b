#!/usr/bin/env bash
# Runs the unit tests in a build with sanitizers:  sanitize.sh asan|tsan
# With asan, the server is sent bad input and hostile files, too, and keeps files in all kinds of storages (tests/api).
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1

preset=$1
# shellcheck source=scripts/sanitizer-options.sh
. scripts/sanitizer-options.sh
scripts/build.sh "$preset" -DASHLAR_TESTS=ON -DASHLAR_BENCH=OFF
"${fixed_addresses[@]}" ctest --test-dir "build/$preset" --parallel "$(nproc)" --output-on-failure
if [ "$preset" = asan ]; then
  export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} ASHLAR_BINARY="$PWD/build/asan/ashlar"
  node --test --test-reporter=spec tests/api/{bad_input,hostile_files,storages,resumable,assets}.test.mjs
fi
