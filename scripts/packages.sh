# Debian packages that the project needs, by purpose, and how to get what is missing. Sourced by the
# other scripts; the Dockerfile reads the lists through `packages.sh --print NAME`.
# shellcheck shell=bash disable=SC2034

build_packages=(
    build-essential git libhiredis-dev libinih-dev libjansson-dev libmicrohttpd-dev libopenblas-dev
    libpq-dev libsodium-dev libsqlite3-dev libutf8proc-dev libxgboost-dev libxxhash-dev meson ninja-build
    pkg-config python3 zlib1g-dev
)
runtime_packages=(
    ca-certificates libgomp1 libhiredis0.14 libinih1 libjansson4 libmicrohttpd12 libopenblas0-pthread
    libpq5 libsodium23 libsqlite3-0 libutf8proc2 libxgboost0 libxxhash0 zlib1g
)
test_packages=(
    chromium chromium-driver clang clang-format clang-tidy codespell curl haproxy libclang-rt-14-dev libcmocka-dev libomp-dev
    postgresql postgresql-client python3-pytest python3-requests python3-selenium redis-server
    shellcheck sqlite3
)
bench_packages=(wrk)
container_packages=(buildah debootstrap netavark podman runc)

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need_packages NAME...: installs what is missing, as root or through sudo.
need_packages() {
    local package missing=() sudo=()
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "These packages are missing, and installing them needs root or sudo: ${missing[*]}" >&2
            return 1
        }
        sudo=(sudo)
    fi
    echo "Installing ${#missing[@]} packages: ${missing[*]}"
    "${sudo[@]}" apt-get update -qq || return 1
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

if [ "${1:-}" = --print ]; then
    case "${2:-}" in
    build) echo "${build_packages[@]}" ;;
    runtime) echo "${runtime_packages[@]}" ;;
    *) echo "usage: packages.sh --print build|runtime" >&2 && exit 2 ;;
    esac
fi
