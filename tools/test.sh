#!/usr/bin/env bash
# Runs every test, after making sure that the programs they need are there.
# Arguments are handed to go test: tools/test.sh -run TestName ./rules
set -euo pipefail
cd "$(dirname "$0")/.."

tools/debian-packages.sh
if [ $# -eq 0 ]; then
	set -- ./...
fi
exec go test -timeout 40m "$@"
