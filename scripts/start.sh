#!/usr/bin/env bash
# Sets the server up and serves. What is not set otherwise: a SQLite database and files under ./data, port 8055.
# A file .env in this folder counts too, and wins.
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1

mkdir -p data
export DB_CLIENT=${DB_CLIENT:-sqlite3}
export DB_FILENAME=${DB_FILENAME:-./data/ashlar.db}
export STORAGE_LOCAL_ROOT=${STORAGE_LOCAL_ROOT:-./data/uploads}
export EXTENSIONS_PATH=${EXTENSIONS_PATH:-./data/extensions}
export TEMP_PATH=${TEMP_PATH:-./data/temporary}
export PORT=${PORT:-8055}
export PUBLIC_URL=${PUBLIC_URL:-http://localhost:$PORT}
mkdir -p "$STORAGE_LOCAL_ROOT" "$EXTENSIONS_PATH" "$TEMP_PATH"

is_new=no
if [ "$DB_CLIENT" = sqlite3 ] && [ ! -e "$DB_FILENAME" ]; then is_new=yes; fi

echo "Setting up the database..."
build/release/ashlar bootstrap
echo
echo "The API is at $PUBLIC_URL (stop it with Ctrl-C)."
if [ -n "${ADMIN_EMAIL:-}" ]; then
  echo "The first admin logs in as $ADMIN_EMAIL, with the password that ADMIN_PASSWORD had when the database was new."
elif [ $is_new = yes ]; then
  echo "The admin's login stands above; it is not shown again."
else
  echo "The admin's login was shown when the database was set up."
fi
echo
exec build/release/ashlar start
