#!/usr/bin/env bash
# Builds for release and runs the benchmarks: the programs of bench/ (build/release/bench/bench_*), then those over HTTP
# (bench/run.mjs, bench/write.mjs, bench/model.mjs, bench/growth.mjs).
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1

scripts/build.sh release -DASHLAR_TESTS=OFF -DASHLAR_BENCH=ON
shopt -s nullglob
for program in build/release/bench/bench_*; do
  if [ -f "$program" ] && [ -x "$program" ]; then
    echo
    echo "$(basename "$program")..."
    "$program"
  fi
done
echo
echo "Over HTTP..."
ASHLAR_BINARY="$PWD/build/release/ashlar" node bench/run.mjs
echo
echo "Writes..."
ASHLAR_BINARY="$PWD/build/release/ashlar" node bench/write.mjs
echo
echo "The data model..."
ASHLAR_BINARY="$PWD/build/release/ashlar" node bench/model.mjs || true # a bar that is missed is printed
echo
echo "Growth..."
ASHLAR_BINARY="$PWD/build/release/ashlar" node bench/growth.mjs
