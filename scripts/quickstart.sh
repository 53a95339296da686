#!/usr/bin/env bash
# From nothing to a page in a browser: installs what is missing, builds, imports the sample
# catalogue, trains, and serves. Run again, it goes straight to serving.
#
#   scripts/quickstart.sh [PORT]        default 8080
set -euo pipefail
cd "$(dirname "$0")/.."
port=${1:-${READALIKE_HTTP_PORT:-8080}}

scripts/build.sh
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
need_packages curl
readalike=build/readalike
[ -f var/readalike.db ] || "$readalike" demo
[ -f var/models/live ] || "$readalike" train

cat <<EOF

Open   http://localhost:$port
Try    curl -s 'http://localhost:$port/recommend?title=The+Hobbit&k=3'
Stop   Ctrl-C

EOF
export READALIKE_WEB_NOTE=${READALIKE_WEB_NOTE-'The readers of the sample catalogue are simulated: a program made them up.'}
exec "$readalike" serve --set "http.port=$port"
