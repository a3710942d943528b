# Database servers for tests, to be sourced: each is started at most once, in a temporary folder, on a free port of
# 127.0.0.1, and reached by the variables that it exports.
#
#   start_postgresql    PGHOST, PGPORT, PGUSER, PGPASSWORD
#   start_mariadb       MYSQL_HOST, MYSQL_PORT, MYSQL_USER, MYSQL_PASSWORD
#   restart_postgresql  cuts off its clients; the same port. MODE (fast) says how, as for pg_ctl, SECONDS (0) for how long
#                       nothing answers: restart_postgresql immediate 3
#   stop_databases      stops them and removes their folders
# shellcheck shell=bash

databases_folder=
postgresql_bin=
postgresql_options=
mariadb_pid=

free_port() {
  node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# Runs a program as another user where root must not run it itself.
run_as() {
  local user=$1
  shift
  if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u "$user" -- "$@"); else "$@"; fi
}

# A folder below the temporary one, which belongs to the server's user.
make_folder() {
  local name=$1 user=$2
  if [ -z "$databases_folder" ]; then
    databases_folder=$(mktemp -d)
    chmod 755 "$databases_folder"
  fi
  mkdir -p "$databases_folder/$name"
  if [ "$(id -u)" -eq 0 ]; then chown "$user" "$databases_folder/$name"; fi
}

start_postgresql() {
  [ -z "$postgresql_bin" ] || return 0
  echo "Starting PostgreSQL..."
  # The newest version, where there are several.
  postgresql_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$postgresql_bin" ]; then
    echo "PostgreSQL is not installed (scripts/install-packages.sh test)." >&2
    return 1
  fi
  make_folder postgresql postgres
  local folder=$databases_folder/postgresql port
  port=$(free_port)
  run_as postgres "$postgresql_bin/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --no-locale \
    --no-sync >/dev/null || return 1
  postgresql_options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='$folder' -c fsync=off -c max_connections=200"
  run_as postgres "$postgresql_bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 -o "$postgresql_options" \
    start >/dev/null || { cat "$folder/log" >&2; return 1; }
  export PGHOST=127.0.0.1 PGPORT=$port PGUSER=postgres PGPASSWORD=postgres
}

restart_postgresql() {
  local folder=$databases_folder/postgresql
  if [ "${2:-0}" -eq 0 ]; then
    run_as postgres "$postgresql_bin/pg_ctl" -D "$folder/data" -l "$folder/log" -m "${1:-fast}" -w -t 60 restart >/dev/null
    return
  fi
  run_as postgres "$postgresql_bin/pg_ctl" -D "$folder/data" -m "$1" -w -t 60 stop >/dev/null || return 1
  sleep "$2"
  run_as postgres "$postgresql_bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 -o "$postgresql_options" start >/dev/null
}

start_mariadb() {
  [ -z "$mariadb_pid" ] || return 0
  echo "Starting MariaDB..."
  local user
  user=$(id -un)
  if [ "$user" = root ]; then user=mysql; fi
  make_folder mariadb "$user"
  local folder=$databases_folder/mariadb port
  port=$(free_port)
  # Servers that share a folder for temporary tables take each other's for their own.
  local -x TMPDIR=$folder
  local options=(--no-defaults "--datadir=$folder/data" "--user=$user")
  mariadb-install-db "${options[@]}" --auth-root-authentication-method=normal --skip-test-db >"$folder/install.log" 2>&1 ||
    { cat "$folder/install.log" >&2; return 1; }
  local server
  server=$(command -v mariadbd || echo /usr/sbin/mariadbd)
  "$server" "${options[@]}" "--socket=$folder/socket" "--port=$port" --bind-address=127.0.0.1 "--pid-file=$folder/pid" \
    --skip-name-resolve --character-set-server=utf8mb4 --innodb-flush-log-at-trx-commit=0 --max-connections=200 >"$folder/log" 2>&1 &
  mariadb_pid=$!
  local attempt
  for attempt in $(seq 300); do
    if mariadb-admin --no-defaults --socket="$folder/socket" --user=root ping >/dev/null 2>&1; then break; fi
    if [ "$attempt" -eq 300 ] || ! kill -0 "$mariadb_pid" 2>/dev/null; then
      cat "$folder/log" >&2
      return 1
    fi
    sleep 0.2
  done
  mariadb --no-defaults --socket="$folder/socket" --user=root -e "create or replace user root@'127.0.0.1' identified by 'mysql';
    grant all on *.* to root@'127.0.0.1' with grant option;" || return 1
  export MYSQL_HOST=127.0.0.1 MYSQL_PORT=$port MYSQL_USER=root MYSQL_PASSWORD=mysql
}

stop_databases() {
  if [ -n "$postgresql_bin" ] && [ -e "$databases_folder/postgresql/data/postmaster.pid" ]; then
    run_as postgres "$postgresql_bin/pg_ctl" -D "$databases_folder/postgresql/data" -m immediate stop >/dev/null 2>&1
  fi
  if [ -n "$mariadb_pid" ]; then
    kill "$mariadb_pid" 2>/dev/null
    wait "$mariadb_pid" 2>/dev/null
  fi
  if [ -n "$databases_folder" ]; then rm -rf "$databases_folder"; fi
}
