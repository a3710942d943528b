#!/usr/bin/env bash
# Keeps what a test process must not leave behind, in a process of its own: a temporary folder and the database servers
# in it. Prints the folder; then does what the lines of its input ask for, and answers each with one line of JSON. Where
# its input ends, because the test process is done or gone, it stops the servers and removes the folder.
set -uo pipefail
source "$(dirname "$0")/../../../scripts/databases.sh"

databases_folder=$(mktemp -d)
chmod 755 "$databases_folder"
trap stop_databases EXIT
trap '' INT TERM HUP
echo "$databases_folder"

while read -r request mode seconds; do
  case $request in
    pg) start_postgresql >&2 && answer="{\"host\":\"$PGHOST\",\"port\":\"$PGPORT\",\"user\":\"$PGUSER\",\"password\":\"$PGPASSWORD\"}" ;;
    mysql) start_mariadb >&2 &&
      answer="{\"host\":\"$MYSQL_HOST\",\"port\":\"$MYSQL_PORT\",\"user\":\"$MYSQL_USER\",\"password\":\"$MYSQL_PASSWORD\"}" ;;
    restart_pg) restart_postgresql "${mode:-fast}" "${seconds:-0}" >&2 && answer='{}' ;;
    *) false ;;
  esac || answer=null
  echo "$answer"
done
