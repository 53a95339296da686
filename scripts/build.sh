#!/usr/bin/env bash
# Installs what is missing and builds the program: build/readalike. Further arguments go to `meson setup`.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
need_packages "${build_packages[@]}"

if [ ! -f build/build.ninja ]; then
    mkdir -p build
    meson setup build -Dtests=false --buildtype=release "$@" >build/setup.log 2>&1 || {
        cat build/setup.log >&2
        exit 1
    }
fi
ninja -C build --quiet
echo "Built build/readalike"
