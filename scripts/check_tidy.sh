#!/usr/bin/env bash
# clang-tidy over every source of the program, with the compile commands of a clang build.
# Unoptimised, because ctype.h's macros count as nested blocks otherwise.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=${1:?usage: check_tidy.sh BUILD_DIR}
git ls-files -z -- 'src/*.c' |
    xargs -0 clang-tidy --quiet --extra-arg=-O0 --extra-arg=-U_FORTIFY_SOURCE -p "$build"
