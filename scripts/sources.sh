#!/bin/sh
# The names of all C++ sources, each with a zero byte at its end.
cd "$(dirname "$0")/.." || exit 1
find src tests bench -name node_modules -prune -o \( -name '*.cpp' -o -name '*.h' \) -type f -print0 2>/dev/null
