#!/usr/bin/env bash
# Prints where a Chromium is: the one named in CHROMIUM, or one that is installed, or one that it installs (Debian and
# Ubuntu, as root). Everything else it has to say goes to standard error.
set -euo pipefail

found() {
	local c
	for c in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
		if [[ -n $c ]] && command -v "$c" 2>/dev/null; then return 0; fi
	done
	return 1
}

if [[ -n ${CHROMIUM:-} ]] && ! command -v "$CHROMIUM" >/dev/null; then
	echo "CHROMIUM names $CHROMIUM, which is not there: correct it or unset it" >&2
	exit 1
fi
found && exit 0
if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null && [[ -f /etc/debian_version ]]; then
	echo "no Chromium found: installing Debian's" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q --no-install-recommends chromium >&2 ||
		{ apt-get update -q >&2 && apt-get install -y -q --no-install-recommends chromium >&2; }
	found && exit 0
fi
echo "The browser tests need Chromium. Install it (on Debian or Ubuntu: sudo apt-get install chromium), or name one: CHROMIUM=/path/to/chromium make test" >&2
exit 1
