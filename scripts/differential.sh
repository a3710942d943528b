#!/usr/bin/env bash
# Compares the answers to random queries on all three databases with those of a slow and obvious model
# (tests/unit/query/differential_test.cpp). ASHLAR_DIFFERENTIAL_QUERIES says how many on each database (20 000),
# ASHLAR_DIFFERENTIAL_SEED with which seed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh debug -DASHLAR_TESTS=ON -DASHLAR_BENCH=OFF unit_query
export ASHLAR_DIFFERENTIAL_QUERIES=${ASHLAR_DIFFERENTIAL_QUERIES:-20000}
export ASHLAR_DIFFERENTIAL_SEED=${ASHLAR_DIFFERENTIAL_SEED:-$RANDOM}
exec build/debug/tests/unit/unit_query --gtest_filter='*Differential*'
