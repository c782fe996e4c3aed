#!/usr/bin/env bash
# Prints the title of a step.
printf '\n== %s ==\n' "$1"
