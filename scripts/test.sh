#!/usr/bin/env bash
# Runs the unit tests (tests/unit) and the tests over HTTP (tests/api) of a debug build, and adds them up in the last
# line: "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

passed=0
failed=0
log=$(mktemp)
reports=$(mktemp -d)
trap 'rm -rf "$log" "$reports"' EXIT

finish() {
  echo
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# The number in the last line that the expression (with one group) matches, 0 if there is none.
number_in() {
  local number
  number=$(sed -nE "s/$1/\1/p" "$2" | tail -n 1)
  echo "${number:-0}"
}

if ! scripts/build.sh debug -DASHLAR_TESTS=ON -DASHLAR_BENCH=OFF; then
  echo "The build failed."
  failed=1
  finish
fi

echo
echo "Unit tests..."
shopt -s nullglob
# CTest knows only the programs; how many tests there were in each is in the report that it writes.
GTEST_OUTPUT="xml:$reports/" ctest --test-dir build/debug --parallel "$(nproc)" --output-on-failure 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
programs=$(number_in '^.* tests failed out of ([0-9]+).*$' "$log")
broken=0
for report in "$reports"/*.xml; do
  total=$(number_in '^<testsuites tests="([0-9]+)".*$' "$report")
  bad=$(number_in '^<testsuites .*failures="([0-9]+)".*$' "$report")
  passed=$((passed + total - bad))
  broken=$((broken + bad))
  programs=$((programs - 1))
done
# Programs without a report did not get to its end; a run that broke off without saying what failed is a failure too.
broken=$((broken + programs))
if [ "$status" -ne 0 ] && [ "$broken" -eq 0 ]; then broken=1; fi
failed=$((failed + broken))

api_tests=(tests/api/*.test.mjs)
if [ ${#api_tests[@]} -gt 0 ]; then
  echo
  echo "Tests over HTTP..."
  if [ -e tests/package-lock.json ] && [ ! -d tests/node_modules ]; then
    echo "  installing their npm packages..."
    if ! npm ci --prefix tests --no-audit --no-fund --loglevel=error; then
      failed=$((failed + 1))
      finish
    fi
  fi
  # A test that waits for ever must not hold up those who wait for this.
  ASHLAR_BINARY="$PWD/build/debug/ashlar" timeout --kill-after=10 1800 node --test --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$log" "${api_tests[@]}"
  status=$?
  good=$(number_in '^# pass ([0-9]+)$' "$log")
  bad=$(($(number_in '^# fail ([0-9]+)$' "$log") + $(number_in '^# cancelled ([0-9]+)$' "$log")))
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
fi

finish
