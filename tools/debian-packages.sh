#!/usr/bin/env bash
# Makes sure that the real programs that the tests run against are installed.
# As root it installs what is missing with apt-get, without starting any
# service; otherwise it prints the command that does and exits with status 1.
set -euo pipefail

# command:package, one pair a line.
needed='
git:git
prometheus:prometheus
promtool:prometheus
prometheus-alertmanager:prometheus-alertmanager
victoria-metrics:victoria-metrics
'

missing=()
for pair in $needed; do
	if ! command -v "${pair%%:*}" >/dev/null 2>&1; then
		missing+=("${pair##*:}")
	fi
done
if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

install="apt-get install -y --no-install-recommends ${missing[*]}"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "The tests need these programs, and there is no apt-get to install them with: ${missing[*]}" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "The tests need Debian packages that are missing: ${missing[*]}" >&2
	echo "Install them with:" >&2
	echo "    sudo apt-get update && sudo $install" >&2
	exit 1
fi

# Debian starts a service as soon as it is installed. A policy of 101 forbids
# it for the time of the installation; a policy that is already there is the
# machine's own and stays as it is.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
elif "$policy" prometheus start >/dev/null 2>&1; then
	echo "$policy allows services to start: those of ${missing[*]} will run once installed" >&2
fi

echo "Installing Debian packages: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update >&2
$install >&2

# What was installed for the tests must not start at the next boot either.
if command -v systemctl >/dev/null 2>&1; then
	for package in "${missing[@]}"; do
		for unit in $(dpkg -L "$package" | sed -n 's|.*/systemd/system/\([^/@]*\.service\)$|\1|p'); do
			systemctl disable "$unit" >&2 || true
		done
	done
fi
