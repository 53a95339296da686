#!/usr/bin/env bash
# Builds the image without a Docker engine and answers one request from it, hardened: read-only root,
# no capabilities, a plain user. Exit 77 with the reason where that cannot be done.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

skip() {
    echo "skipped  containers: $1"
    exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
need_packages "${container_packages[@]}" || skip "buildah, podman and debootstrap cannot be installed"
export CONTAINERS_CONF=$PWD/deploy/containers.conf

work=$(mktemp -d)
container=readalike-test-$$ volume=readalike-test-$$
log=$work/log
cleanup() {
    podman rm -f -t 1 "$container" >/dev/null 2>&1
    podman volume rm -f "$volume" >/dev/null 2>&1
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "FAILED   containers: $1"
    tail -n 40 "$log"
    exit 1
}

# Users pull debian:bookworm-slim; without a registry the same tag is made from Debian's packages.
make_base() {
    podman image exists docker.io/library/debian:bookworm-slim && return
    debootstrap --variant=minbase bookworm "$work/rootfs" || return 1
    if [ -f /etc/apt/sources.list.d/debian.sources ]; then
        cp /etc/apt/sources.list.d/debian.sources "$work/rootfs/etc/apt/sources.list.d/"
        rm -f "$work/rootfs/etc/apt/sources.list"
    fi
    cp -r /etc/apt/apt.conf.d/. "$work/rootfs/etc/apt/apt.conf.d/"
    rm -rf "$work"/rootfs/usr/share/{doc,man,locale}/* "$work"/rootfs/var/cache/apt/*
    tar -C "$work/rootfs" -c . | podman import - docker.io/library/debian:bookworm-slim
}

run() {
    podman run --name "$container" --network=host --read-only --cap-drop=ALL \
        --security-opt=no-new-privileges --memory=512m --volume "$volume:/var/lib/readalike" \
        -e READALIKE_HTTP_ADDRESS=127.0.0.1 -e READALIKE_HTTP_DRAIN_MS=0 "$@"
}

make_base >"$log" 2>&1 || fail "the base image could not be made"
buildah bud --format docker --isolation=chroot --network=host --pull-never -t localhost/readalike:test . >"$log" 2>&1 ||
    fail "the image does not build"

for command in demo train; do
    run --rm localhost/readalike:test "$command" >"$log" 2>&1 || fail "$command in the container"
done
run -d localhost/readalike:test serve --set http.port=0 >"$log" 2>&1 || fail "serve does not start"
url=
for _ in $(seq 100); do
    url=$(podman logs "$container" 2>/dev/null | sed -n 's/^listening on //p')
    [ -n "$url" ] && curl -fs "$url/readyz" >/dev/null 2>&1 && break
    sleep 0.1
done
podman logs "$container" >"$log" 2>&1
[ -n "$url" ] || fail "no \"listening on\" line"
answer=$(curl -fs "$url/recommend?title=The+Hobbit&k=3") || fail "no answer to /recommend"
grep -q '"recommendations":\[{' <<<"$answer" || fail "unexpected answer: $answer"
user=$(podman exec "$container" id -u) || fail "cannot look inside"
[ "$user" != 0 ] || fail "the service runs as root"
podman stop -t 15 "$container" >"$log" 2>&1 || fail "does not stop"
status=$(podman inspect -f '{{.State.ExitCode}}' "$container")
[ "$status" = 0 ] || fail "exit status $status after SIGTERM"
echo "ok       containers: built, answered as user $user on a read-only root, stopped with status 0"
