#!/usr/bin/env bash
# Runs a js/wasm test binary under Node with the toolchain's own runner. The environment is cut down to what it needs,
# because a Go program in WebAssembly takes only a few kilobytes of it.
# A property that is drawn a hundred times natively is drawn twenty times here: the same draws give the same bytes (see
# TestIdentityOfNativeAndWebAssembly), and what may differ is memory and the scheduler, not the law.
set -euo pipefail
draws=()
if grep -q "rapid\.checks" "$1"; then draws=(-rapid.checks=20); fi
exec env -i PATH="$PATH" HOME="${HOME:-/}" TMPDIR="${TMPDIR:-/tmp}" "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" "$@" "${draws[@]}"
