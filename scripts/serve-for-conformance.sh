#!/bin/sh
# Sets up an empty database and serves it in the foreground, as the settings in the environment say. ASHLAR_BINARY names
# the program; without it, the one that was built last.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
binary=${ASHLAR_BINARY:-$(ls -t "$root/build/release/ashlar" "$root/build/debug/ashlar" 2>/dev/null | head -n 1)}
if [ ! -x "$binary" ]; then
  echo "Ashlar was not built yet: run make test or make start first, or set ASHLAR_BINARY." >&2
  exit 1
fi
"$binary" bootstrap
exec "$binary" start
