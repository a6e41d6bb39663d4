#!/usr/bin/env bash
# Runs every fuzz test of the module in turn, each for FUZZTIME (default 20s).
# Inputs are not made smaller first: for slow targets that alone takes the time.
set -euo pipefail
cd "$(dirname "$0")/.."

for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "== $package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 1x "$package"
	done
done
