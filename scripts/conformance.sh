#!/usr/bin/env bash
# Compares the server's answers with recorded ones, on each database, and holds what was once reached:
#
#   conformance.sh [KIT]     KIT is the folder of run.mjs, by default ../shared/conformance
#
# Each line of tests/conformance.txt names a database, an area (a regular expression on the names of cases) and the least
# number of steps that must pass. The databases are started here, in a temporary folder, on free ports.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
source scripts/databases.sh

kit=$(realpath "${1:-../shared/conformance}")
serve="'$PWD/scripts/serve-for-conformance.sh'"
[ -e "$kit/run.mjs" ] || { echo "There is no $kit/run.mjs." >&2; exit 2; }

node_options=(--no-warnings)
# Before version 22, WebSocket has to be asked for; before 20.10, there is none.
if node --experimental-websocket -e 0 2>/dev/null; then node_options+=(--experimental-websocket); fi

# Not from a pipe: the databases that are started belong to this shell.
lines=()
while read -r line; do
  line=${line%%#*}
  [ -z "${line// /}" ] || lines+=("$line")
done <tests/conformance.txt

passed=0
failed=0
log=$(mktemp)
losses=$(mktemp)
finish() {
  stop_databases
  rm -f "$log" "$losses"
}
trap finish EXIT
trap 'exit 130' INT TERM

# What the kit's run in the log lost: the cases that failed, and those whose server did not come up with what that said.
lost_cases() {
  awk '/^FAIL / { print "  " substr($0, 6) }
       /^(FAIL|ok  ) / || / the server did not come up$/ || / nothing recorded$/ || /^area / { inside = 0 }
       / the server did not come up$/ { inside = 1 }
       inside && NF { print "  " $0 }' "$log"
}

for line in "${lines[@]}"; do
  read -r database area least <<<"$line"
  case $database in
    pg) start_postgresql || exit 1 ;;
    mysql) start_mariadb || exit 1 ;;
  esac
  echo
  echo "Conformance: $area on $database, at least $least steps..."
  node "${node_options[@]}" "$kit/run.mjs" --launch "$serve" --db "$database" --only "$area" --jobs 2 2>&1 | tee "$log"
  reached=$(sed -nE 's/^([0-9]+) passed, [0-9]+ failed$/\1/p' "$log" | tail -n 1)
  reached=${reached:-0}
  passed=$((passed + reached))
  if [ "$reached" -lt "$least" ]; then
    echo "Too few: $reached of at least $least steps passed ($area on $database)."
    failed=$((failed + least - reached))
  elif [ "$reached" -gt "$least" ]; then
    echo "More than before: tests/conformance.txt can say '$database $area $reached'."
  fi
  lost=$(lost_cases)
  [ -z "$lost" ] || printf '%s on %s, %s of at least %s steps:\n%s\n' "$area" "$database" "$reached" "$least" "$lost" >>"$losses"
done

# Once more at the end, where a log that was cut off still has it.
if [ -s "$losses" ]; then
  echo
  echo "Cases that failed or did not come up (known ones among them, where the number of steps is reached):"
  cat "$losses"
fi
echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
