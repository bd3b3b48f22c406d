#!/bin/sh
# Installs what a machine lacks to build and test tracelab: a C compiler, pkg-config, libyaml, Check,
# zlib and gnuplot. Says what it does, does nothing when all is there, and names the exact command where
# it may not install.
set -eu

have_header() {
    printf '#include <%s>\nint main(void) { return 0; }\n' "$1" |
        ${CC:-cc} -x c -fsyntax-only - >/dev/null 2>&1
}

missing=""
command -v "${CC:-cc}" >/dev/null 2>&1 || missing="$missing compiler"
command -v pkg-config >/dev/null 2>&1 || missing="$missing pkg-config"
if [ -n "$missing" ]; then
    missing="$missing yaml check zlib"
else
    have_header yaml.h || missing="$missing yaml"
    have_header check.h || missing="$missing check"
    have_header zlib.h || missing="$missing zlib"
fi
command -v gnuplot >/dev/null 2>&1 || missing="$missing gnuplot"
[ -n "$missing" ] || exit 0

package() { # $1: what, $2: package manager
    case "$2:$1" in
    apt:compiler) echo "gcc libc6-dev" ;;
    apt:pkg-config) echo pkg-config ;;
    apt:yaml) echo libyaml-dev ;;
    apt:check) echo check ;;
    apt:zlib) echo zlib1g-dev ;;
    apt:gnuplot) echo gnuplot-nox ;;
    dnf:compiler) echo gcc ;;
    dnf:pkg-config) echo pkgconf-pkg-config ;;
    dnf:yaml) echo libyaml-devel ;;
    dnf:check) echo check-devel ;;
    dnf:zlib) echo zlib-devel ;;
    dnf:gnuplot) echo gnuplot ;;
    brew:compiler) echo gcc ;;
    brew:yaml) echo libyaml ;;
    brew:*) echo "$1" ;;
    esac
}

names() {
    for what in $missing; do package "$what" "$1"; done | tr '\n' ' '
}

if command -v apt-get >/dev/null 2>&1; then
    update="apt-get update -qq"
    install="env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(names apt)"
elif command -v dnf >/dev/null 2>&1; then
    update=true
    install="dnf install -y -q $(names dnf)"
elif command -v brew >/dev/null 2>&1; then
    update=true
    install="brew install $(names brew)"
else
    echo "setup: missing:$missing; install them with this system's package manager and try again" >&2
    exit 3
fi

if [ "$(id -u)" = 0 ] || command -v brew >/dev/null 2>&1; then
    sudo=""
elif command -v sudo >/dev/null 2>&1; then
    sudo="sudo "
else
    echo "setup: missing:$missing; as root, run:" >&2
    echo "    $update && $install" >&2
    exit 3
fi

echo "setup: missing:$missing"
echo "setup: $sudo$install"
$sudo$update >/dev/null
$sudo$install >/dev/null
