#!/usr/bin/env bash
# Runs pairs of a title and a command, one after the other, and says at the end how many passed and failed. A step that
# fails does not keep the others from running, except when it is one the others stand on.
set -u
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
passed=0 failed=0 names=()
begun=$SECONDS
while (($# >= 2)); do
	title=$1 command=$2
	shift 2
	"$here/title.sh" "$title"
	from=$SECONDS
	if bash -c "$command"; then
		passed=$((passed + 1))
		printf -- '-- passed in %d s\n' $((SECONDS - from))
	else
		failed=$((failed + 1))
		names+=("$title")
		printf -- '-- FAILED in %d s: %s\n' $((SECONDS - from)) "$title"
		case $title in Prerequisites | "A Chromium"*) break ;; esac
	fi
done
printf '\n'
for n in "${names[@]+"${names[@]}"}"; do printf 'failed: %s\n' "$n"; done
printf 'Steps in %d s: %d passed, %d failed\n' $((SECONDS - begun)) "$passed" "$failed"
((failed == 0))
