#!/usr/bin/env bash
# Serves databases by Ashlar and by the reference in turn, and compares what they answer (tests/interop).
#
#   REFERENCE_HOME=FOLDER interop.sh    where FOLDER is one in which `npm install directus@11.17.4` was run
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1

[ -n "${REFERENCE_HOME:-}" ] || { echo "REFERENCE_HOME is not set; see the top of scripts/interop.sh." >&2; exit 2; }
if [ -z "${ASHLAR_BINARY:-}" ]; then
  scripts/build.sh debug -DASHLAR_TESTS=OFF -DASHLAR_BENCH=OFF ashlar
  export ASHLAR_BINARY=$PWD/build/debug/ashlar
fi
node --test --test-reporter=spec tests/interop/interop.test.mjs
