#!/usr/bin/env bash
# Installs the Debian packages that are missing:  install-packages.sh GROUP...   (build, test, lint, fuzz, bench)
# As root, or else by sudo. Prints nothing but a line where nothing is missing.
set -euo pipefail

# group, package, what for
packages() {
  cat <<'LIST'
build g++                    the compiler
build make                   the front door
build cmake                  configures the build
build ninja-build            runs the build
build ccache                 compiles unchanged files only once
build mold                   links fast
build pkg-config             finds libraries
build libboost1.81-dev       Asio and Beast: event loop, HTTP, WebSocket
build libboost-json1.81-dev  JSON
build libboost-url1.81-dev   URLs
build libpq-dev              PostgreSQL
build libsqlite3-dev         SQLite
build libmariadb-dev         MySQL and MariaDB
build libhiredis-dev         Redis
build libargon2-dev          password hashes
build libssl-dev             cryptography and TLS
build libcurl4-openssl-dev   requests to other servers
build libldap-dev            logins by a directory
build libxmlsec1-dev         signatures of SAML
build libyaml-cpp-dev        YAML configuration files
build libfmt-dev             formatting
build libspdlog-dev          logging
build zlib1g-dev             gzip answers
build libbrotli-dev          brotli answers
build libzstd-dev            zstd answers
build libarchive-dev         archives of backups
build libvips-dev            pictures
build libexiv2-dev           what pictures tell about themselves
test  libgtest-dev           unit tests
test  sqlite3                looks into test databases
test  zstd                 opens backups by hand
test  curl                   runs the tour of README.md
test  postgresql             test databases
test  mariadb-server         test databases
test  redis-server           tests of what several servers share
test  nginx-light            stands before several servers in tests
test  slapd                  tests of logins by a directory
test  ldap-utils             fills its directory
test  chromium               tests of logins in a browser
test  nodejs                 tests over HTTP
test  npm                    their libraries
lint  clang-format           the format of the sources
lint  python3                checks of the layers
fuzz  clang                  libFuzzer
bench wrk                    load over HTTP
bench libvips-tools          vipsthumbnail, to compare with
bench nginx-light            files over HTTP, to compare with
bench libbenchmark-dev       benchmarks of single functions
bench nodejs                 runs the benchmarks over HTTP
bench postgresql             a large data model on it
bench mariadb-server         the same
LIST
}

# Debian's Node.js is as good as any other from version 18 on.
node_is_there() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge 18 ] && command -v npm >/dev/null
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

wanted() {
  local group
  for group in "$@"; do
    packages | awk -v group="$group" '$1 == group { print $2 }'
  done | sort -u
}

[ $# -gt 0 ] || { echo "usage: install-packages.sh build|test|lint|fuzz|bench..." >&2; exit 2; }
for group in "$@"; do
  [ -n "$(wanted "$group")" ] || { echo "install-packages.sh: there is no group '$group'" >&2; exit 2; }
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is not Debian: nothing is installed. Needed are the equivalents of:" >&2
  wanted "$@" | paste -sd' ' >&2
  exit 0
fi

missing=()
for package in $(wanted "$@"); do
  case $package in
    nodejs | npm) if node_is_there; then continue; fi ;;
  esac
  is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "Packages ($*): all installed."
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Packages are missing, and there is no sudo. As root, run:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made_policy=no
finish() {
  if [ $made_policy = yes ]; then "${as_root[@]}" rm -f "$policy"; fi
  rm -f "$log"
}
trap finish EXIT

# Tests start servers of their own: that Debian starts one at installation, and at every boot, is of no use. While
# this file exists, packages start nothing.
case " ${missing[*]} " in
  *" postgresql "* | *" mariadb-server "* | *" redis-server "* | *" slapd "* | *" nginx-light "*)
    if [ ! -e "$policy" ]; then
      printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
      "${as_root[@]}" chmod 755 "$policy"
      made_policy=yes
    fi
    ;;
esac

quietly() {
  if ! "$@" >"$log" 2>&1; then
    echo "Failed: $*" >&2
    tail -n 40 "$log" >&2
    exit 1
  fi
}

echo "Packages ($*): installing ${#missing[@]}: ${missing[*]}"
echo "  reading the package lists..."
quietly "${as_root[@]}" apt-get -qq update
echo "  downloading and unpacking..."
quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  -o Dpkg::Use-Pty=0 "${missing[@]}"
echo "  done."
