#!/usr/bin/env bash
# Runs the example shop and headroom with its embedded engine until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "building headroom and the example shop (the first time takes a minute or two) …" >&2
make --no-print-directory build >&2
go build -o bin/shop ./examples/shop

bin/shop -quiet &
shop=$!
trap '{ kill "$shop"; wait "$shop"; } 2>/dev/null || true' EXIT
sleep 0.2
kill -0 "$shop" 2>/dev/null || { echo "the example shop did not start: see the line above" >&2; exit 1; }

# The shell must outlive headroom to stop the shop, so Ctrl-C is headroom's.
trap : INT
bin/headroom serve --config examples/headroom.yaml
