#!/usr/bin/env bash
# Runs the unit tests in a build with sanitizers:  sanitize.sh asan|tsan
# With asan, the server is sent bad input and hostile files, too, and keeps files in all kinds of storages (tests/api).
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1

preset=$1
export LSAN_OPTIONS="suppressions=$PWD/scripts/leak-sanitizer-suppressions.txt ${LSAN_OPTIONS:-}"
# What libraries do among themselves is not looked at: each race of theirs, suppressed or not, makes the next slower to find.
export TSAN_OPTIONS="suppressions=$PWD/scripts/thread-sanitizer-suppressions.txt ignore_noninstrumented_modules=1 ${TSAN_OPTIONS:-}"
# Programs with ThreadSanitizer don't start where the kernel moves memory about more than they expect.
fixed_addresses=()
if [ "$preset" = tsan ] && setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then
  fixed_addresses=(setarch "$(uname -m)" --addr-no-randomize)
fi
scripts/build.sh "$preset" -DASHLAR_TESTS=ON -DASHLAR_BENCH=OFF
"${fixed_addresses[@]}" ctest --test-dir "build/$preset" --parallel "$(nproc)" --output-on-failure
if [ "$preset" = asan ]; then
  export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} ASHLAR_BINARY="$PWD/build/asan/ashlar"
  node --test --test-reporter=spec tests/api/{bad_input,hostile_files,storages,resumable,assets}.test.mjs
fi
