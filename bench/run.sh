#!/usr/bin/env bash
# Every figure of docs/benchmarks.md in one run: import rate, train time, requests a second with
# latency and CPU beside a bare server, title look-ups. Needs READALIKE_DATA (default ../shared/data)
# for the parts on public data, which are left out, and said so, without it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
need_packages "${build_packages[@]}" "${bench_packages[@]}" postgresql

export READALIKE_DATA=${READALIKE_DATA:-../shared/data}
[ -f build-bench/build.ninja ] ||
    meson setup build-bench --buildtype=release -Dbench=true -Dtests=false >/dev/null
ninja -C build-bench --quiet
uname -srm
grep -m 1 'model name' /proc/cpuinfo
nproc

echo && echo "== import"
bench/bench_import.py build-bench/readalike
if [ -d "$READALIKE_DATA/book-crossing" ]; then
    echo && echo "== train"
    bench/bench_train.py build-bench/readalike
    echo && echo "== titles"
    build-bench/bench/bench_title
else
    echo "train and titles left out: no $READALIKE_DATA/book-crossing"
fi
echo && echo "== http"
bench/bench_http.py --build build-bench
