#!/bin/sh
# Holds our reader against Go's: hand-written cases, traces of real programs from each Go release that is
# here, and damaged copies of both. Needs Go and golang.org/x/exp (from the module cache or the proxy);
# says what it skips, with status 77 if that is everything.
#
#   tests/interop/run.sh [MUTATIONS]      default 3000
#
# Other Go releases are used if their toolchains are in the module cache; INTEROP_FETCH=1 fetches them.
set -eu
cd "$(dirname "$0")/../.."
mutations=${1:-3000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() {
    echo "interop: skipped: $1"
    exit 77
}

command -v go >/dev/null || skip "no Go here"
(cd tests/interop && timeout 300 go build -o "$work/" ./readall ./mutate ./compare) >"$work/log" 2>&1 ||
    skip "the Go programs cannot be built: $(tail -n 1 "$work/log")"
${CC:-cc} -std=c17 -D_GNU_SOURCE -O1 -ffp-contract=off -I. -o "$work/ours" tests/interop/ours.c \
    tests/unit/trace_cases.c grader/reader/*.c format/*.c base/*.c -lyaml

# check NAME: reads the traces that $work/list names with both readers.
check() {
    "$work/ours" read <"$work/list" >"$work/ours.txt"
    "$work/readall" <"$work/list" >"$work/go.txt"
    if ! result=$("$work/compare" "$work/ours.txt" "$work/go.txt"); then
        echo "$result"
        echo "interop: $1: the readers disagree"
        exit 1
    fi
    echo "interop: $1: $result"
}

mkdir "$work/cases" "$work/mutations"
"$work/ours" cases tests/fixtures/traces "$work/cases" >"$work/cases.txt"
cut -d' ' -f1 "$work/cases.txt" >"$work/list"
check "cases"
for case in $(sed -n 's/ go => ok$//p' "$work/cases.txt"); do
    grep -q "^$case events=.* ok" "$work/go.txt" || { echo "interop: Go refuses $case"; exit 1; }
done

# real NAME TOOLCHAIN: a trace of a real program, and a short one to damage.
real() {
    (cd tests/interop/genreal && GOTOOLCHAIN=$2 timeout 600 go build -o "$work/genreal" .) \
        >"$work/log" 2>&1 || { echo "interop: skipped: $1: $(tail -n 1 "$work/log")"; return; }
    "$work/genreal" "$work/$1.trace" 100
    "$work/genreal" "$work/$1-short.trace" 1
    echo "$work/$1.trace" >"$work/list"
    check "trace of $1"
}

cache=$(go env GOMODCACHE)
real go-here local
for version in 1.22.12 1.23.12 1.24.11 1.25.5 1.26.8; do
    if [ -n "${INTEROP_FETCH:-}" ] || ls -d "$cache"/golang.org/toolchain@v0.0.1-go$version.* >/dev/null 2>&1; then
        real go$version go$version
    fi
done

"$work/mutate" "$work/mutations" "$mutations" 1 "$work"/cases/*.trace
ls "$work"/mutations/* >"$work/list"
check "damaged cases"
rm "$work"/mutations/*
"$work/mutate" "$work/mutations" 300 2 "$work"/*-short.trace
ls "$work"/mutations/* >"$work/list"
check "damaged traces of real programs"
