#!/usr/bin/env bash
# Says what is missing before a build begins, and what to install.
set -euo pipefail
missing=()
need_go=26 need_node=20

if command -v go >/dev/null; then
	go_minor=$(go env GOVERSION | sed -nE 's/^go1\.([0-9]+).*/\1/p')
	if [[ -n $go_minor ]] && ((go_minor < need_go)); then
		missing+=("Go 1.$need_go or newer; this is $(go env GOVERSION): https://go.dev/dl")
	fi
else
	missing+=("Go 1.$need_go or newer: https://go.dev/dl")
fi
if command -v node >/dev/null; then
	if (($(node -p 'process.versions.node.split(".")[0]') < need_node)); then
		missing+=("Node $need_node or newer; this is $(node --version): https://nodejs.org")
	fi
else
	missing+=("Node $need_node or newer: https://nodejs.org")
fi
command -v npm >/dev/null || missing+=("npm, which comes with Node: https://nodejs.org")
cc=$(command -v go >/dev/null && go env CC || echo cc)
command -v "${cc%% *}" >/dev/null || missing+=("a C compiler, for SQLite (on Debian: apt-get install gcc libc6-dev)")

if ((${#missing[@]})); then
	echo "To build Shardlab, install:" >&2
	printf '  - %s\n' "${missing[@]}" >&2
	exit 1
fi
