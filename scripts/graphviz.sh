#!/bin/sh
# Install Graphviz's `dot` where that can be done without asking; say how otherwise.
# Never fails: jaxlab draws no pictures without it, and all else works.
set -u

if command -v dot >/dev/null 2>&1; then
    exit 0
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
fi

if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
    echo "Installing Graphviz with apt-get"
    if $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq -y --no-install-recommends graphviz >/dev/null; then
        exit 0
    fi
fi

cat <<'TEXT'
Graphviz is not installed, so graphs can be shown as text only. To draw them, install it:
    Debian, Ubuntu: apt install graphviz      Fedora: dnf install graphviz
    macOS: brew install graphviz              Arch: pacman -S graphviz
TEXT
