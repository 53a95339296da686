#!/usr/bin/env bash
# Installs what is missing and runs every test: style, both compilers, unit, store on both backends,
# HTTP, the page in Chromium, and the same again under the sanitizers.
#
#   scripts/test.sh [--quick] [--containers]
#
#   --quick        one compiler, no sanitizers
#   --containers   also builds the image and answers one request from it
#
# READALIKE_DATA     folder of the public data sets (default ../shared/data): tests that need them
#                    are skipped when it is not there and must pass when it is
# READALIKE_PROOF    scale of the long proofs: 1 (default) is what CI runs, 10 is before a release
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

quick=false containers=false
for argument in "$@"; do
    case "$argument" in
    --quick) quick=true ;;
    --containers) containers=true ;;
    *)
        echo "usage: scripts/test.sh [--quick] [--containers]" >&2
        exit 2
        ;;
    esac
done

need_packages "${build_packages[@]}" "${test_packages[@]}" || exit 1

data=${READALIKE_DATA:-../shared/data}
require=pg,redis,chromium,haproxy
if [ -d "$data" ]; then
    READALIKE_DATA=$(cd "$data" && pwd)
    export READALIKE_DATA
    require+=,data
fi

passed=0 failed=0 skipped=0
failures=()

# step NAME COMMAND...: one check that counts as one test.
step() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok       $name"
    else
        failed=$((failed + 1))
        failures+=("$name")
        echo "FAILED   $name"
        tail -n 60 "$log"
    fi
    rm -f "$log"
}

# build DIR OPTION...: configures afresh and compiles; warnings are errors here.
build() {
    local dir=$1
    shift
    rm -rf "$dir"
    meson setup "$dir" --fatal-meson-warnings -Dwerror=true "-Drequire=$require" "$@" && ninja -C "$dir"
}

# suites DIR ARGUMENT...: runs meson tests there and adds up its counts.
suites() {
    local dir=$1 result name
    shift
    meson test -C "$dir" --no-rebuild --print-errorlogs "$@" 2>&1 | grep -vE '^(ninja|Full log|$)'
    while read -r result name; do
        case "$result" in
        OK | EXPECTEDFAIL) passed=$((passed + 1)) ;;
        SKIP) skipped=$((skipped + 1)) ;;
        *)
            failed=$((failed + 1))
            failures+=("$dir: $name")
            ;;
        esac
    done < <(python3 scripts/test_results.py "$dir/meson-logs/testlog.json")
}

step "style" scripts/check_style.sh
step "build with gcc" build build-test
step "an upward call does not link" python3 scripts/check_floors.py build-test
step "the binary is hardened" scripts/check_hardening.sh build-test/readalike
suites build-test

if ! $quick; then
    export CC=clang
    step "build with clang" build build-clang
    unset CC
    step "clang-tidy" scripts/check_tidy.sh build-clang
    suites build-clang --suite base --suite math --suite title --suite model
    step "build with the address and undefined-behaviour sanitizers" \
        build build-asan -Db_sanitize=address,undefined
    suites build-asan --no-suite web --no-suite demo --timeout-multiplier 4
    step "build with the thread sanitizer" build build-tsan -Db_sanitize=thread
    # The sanitizer does not see how OpenMP's threads meet, so training has one here.
    export READALIKE_TRAIN_THREADS=1
    suites build-tsan --suite cache --suite recommend --suite http --timeout-multiplier 4
fi

if $containers; then
    scripts/test_containers.sh
    case $? in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *)
        failed=$((failed + 1))
        failures+=("containers")
        ;;
    esac
fi

echo
for failure in "${failures[@]+"${failures[@]}"}"; do
    echo "failed: $failure"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
