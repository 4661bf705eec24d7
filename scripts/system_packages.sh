#!/bin/sh
# Install Graphviz's `dot` and Chromium where that can be done without asking; say how otherwise.
#     sh scripts/system_packages.sh graphviz chromium
# Never fails: jaxlab draws no DOT pictures without the first, and all else works; the tests in a
# browser say themselves that they need the second.
set -u

is_there() {
    case $1 in
    graphviz) command -v dot ;;
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    esac >/dev/null 2>&1
}

missing=""
for package in "$@"; do
    is_there "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
fi

if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
    echo "Installing$missing with apt-get"
    # shellcheck disable=SC2086 # one word a package
    if $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq -y --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
fi

for package in $missing; do
    case $package in
    graphviz) echo "Graphviz is not installed, so there are no pictures in DOT's layout. To draw them:" ;;
    chromium) echo "Chromium is not installed: the tests in a browser need it. To have it:" ;;
    esac
    cat <<TEXT
    Debian, Ubuntu: apt install $package      Fedora: dnf install $package
    macOS: brew install $package              Arch: pacman -S $package
TEXT
done
