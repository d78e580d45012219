# Sourced by the scripts here: folders, caches, and how to say something went wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ACCORD_DATA="${ACCORD_DATA:-$PWD/.accord}"
# Everything a tool keeps goes below the data folder: a home folder may be read-only or missing.
export UV_CACHE_DIR="${UV_CACHE_DIR:-$ACCORD_DATA/cache/uv}"
export XDG_CACHE_HOME="$ACCORD_DATA/cache"
export UV_PYTHON_DOWNLOADS=never
PYTHON=.venv/bin/python

fail() {
    echo "accord: $*" >&2
    exit 1
}

# apt_install PACKAGE…: as root on Debian; false elsewhere.
apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || return 1
    echo "Installing $* …"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
    "${apt[@]}" install -y --no-install-recommends "$@" > /dev/null 2>&1 && return 0
    "${apt[@]}" update > /dev/null 2>&1 || true
    "${apt[@]}" install -y --no-install-recommends "$@" > /dev/null
}
