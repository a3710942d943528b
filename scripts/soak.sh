#!/usr/bin/env bash
# Keeps two processes under a mixed load with every fault in turn (tests/soak):  soak.sh [debug|release|asan|tsan]
# SOAK_SECONDS says for how long (600), SOAK_ACTORS with how many clients (10). The logs of the processes stay in build/soak.
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1

preset=${1:-release}
# shellcheck source=scripts/sanitizer-options.sh
. scripts/sanitizer-options.sh
scripts/build.sh "$preset" -DASHLAR_TESTS=OFF -DASHLAR_BENCH=OFF ashlar
if [ ! -d tests/node_modules ]; then npm ci --prefix tests --no-audit --no-fund --loglevel=error; fi
ASHLAR_BINARY="$PWD/build/$preset/ashlar" exec "${fixed_addresses[@]}" node --test --test-reporter=spec tests/soak/soak.test.mjs
