#!/usr/bin/env bash
# Configures and builds:  build.sh PRESET [-DNAME=VALUE...] [TARGET...]   (presets: CMakePresets.json)
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1

preset=$1
shift
options=()
targets=()
for word in "$@"; do
  case $word in
    -D*) options+=("$word") ;;
    *) targets+=(--target "$word") ;;
  esac
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Configuring build/$preset..."
if ! cmake --preset "$preset" "${options[@]}" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
echo "Building build/$preset..."
NINJA_STATUS='  [%f/%t, %es] ' cmake --build --preset "$preset" --parallel "$(nproc)" "${targets[@]}"
