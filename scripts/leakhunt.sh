#!/usr/bin/env bash
# Asks random questions with random rights in random data models on all three databases, and compares what comes out with
# what a slow and obvious model says that may be seen (tests/unit/system/leak_hunt_test.cpp). ASHLAR_LEAK_HUNT_QUESTIONS says how many on
# each database (20 000), ASHLAR_LEAK_HUNT_SEED with which seed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh debug -DASHLAR_TESTS=ON -DASHLAR_BENCH=OFF unit_system
export ASHLAR_LEAK_HUNT_QUESTIONS=${ASHLAR_LEAK_HUNT_QUESTIONS:-20000}
export ASHLAR_LEAK_HUNT_SEED=${ASHLAR_LEAK_HUNT_SEED:-$RANDOM}
exec build/debug/tests/unit/unit_system --gtest_filter='*LeakHunt*'
