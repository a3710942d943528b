#!/usr/bin/env bash
# Checks the sources: their format, the order of the layers, lengths.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

status=0
echo "Format (clang-format)..."
scripts/sources.sh | xargs -0 -r clang-format --dry-run -Werror || status=1
echo "Layers, lengths, notes to self (check-layers.py)..."
python3 scripts/check-layers.py || status=1
if [ $status -eq 0 ]; then echo "All fine."; else echo "'make format' mends the format."; fi
exit $status
