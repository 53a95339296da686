#!/usr/bin/env bash
# Ours beside the library that each model is known from, on this machine: speed, memory, quality.
#
#   bench/peers.sh [--list] [--only ROW...] [--runs N] [--threads N] [--json | --markdown]
#   bench/peers.sh --quality [--only LINE...] [--json | --markdown | --commands]
#
# The peers come from PyPI into a virtual environment outside of what the project needs:
# READALIKE_PEERS_VENV (default build/peers-venv), made with PYTHON (default python3). Data that the
# bench makes is kept in build-bench/peers-data. Needs READALIKE_DATA (default ../shared/data).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

venv=${READALIKE_PEERS_VENV:-build/peers-venv}
wanted=bench/peers-requirements.txt
if ! cmp -s "$wanted" "$venv/installed.txt"; then
    python=${PYTHON:-python3}
    "$python" -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv python3-dev
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --prefer-binary --requirement "$wanted"
    cp "$wanted" "$venv/installed.txt"
fi

need_packages "${build_packages[@]}"
[ -f build-bench/build.ninja ] ||
    meson setup build-bench --buildtype=release -Dbench=true -Dtests=false >/dev/null
ninja -C build-bench --quiet >/dev/null || ninja -C build-bench

export READALIKE_DATA=${READALIKE_DATA:-../shared/data}
script=bench/bench_peers.py
if [ "${1:-}" = --quality ]; then
    script=bench/bench_quality.py
    shift
fi
exec "$venv/bin/python" "$script" --build build-bench "$@"
