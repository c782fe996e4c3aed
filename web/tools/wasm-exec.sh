#!/usr/bin/env bash
# Runs a js/wasm test binary under Node with the toolchain's own runner. The environment is cut down to what it needs,
# because a Go program in WebAssembly takes only a few kilobytes of it.
set -euo pipefail
exec env -i PATH="$PATH" HOME="${HOME:-/}" TMPDIR="${TMPDIR:-/tmp}" "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" "$@"
