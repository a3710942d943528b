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

# Whoever starts this found the port free a moment ago; since then a connection of any program may have got it, until it
# ends. The server says so by its exit status, and is started again for some seconds.
address_in_use=75
server=
stopping=
stop() {
  stopping=yes
  [ -z "$server" ] || kill -s TERM "$server" 2>/dev/null || :
}
trap stop TERM INT HUP
tries=50
while [ -z "$stopping" ]; do
  "$binary" start &
  server=$!
  status=0
  wait "$server" || status=$?
  # A signal ends the waiting, not the server.
  while kill -s 0 "$server" 2>/dev/null; do
    status=0
    wait "$server" || status=$?
  done
  tries=$((tries - 1))
  if [ "$status" -ne $address_in_use ] || [ $tries -eq 0 ]; then exit "$status"; fi
  sleep 0.2
done
