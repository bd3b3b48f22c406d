#!/bin/sh
# Holds our reader against Go's, at length: hand-written cases, the cases of Go's own test suite, traces of
# real programs from each Go release that is here, and damaged copies of these.
#
#   tests/interop/run.sh [MUTATIONS]      default 3000
#
# Other Go releases are used if their toolchains are in the module cache; INTEROP_FETCH=1 fetches them.
set -eu
cd "$(dirname "$0")/../.."
. tests/interop/lib.sh
build
cases

# Go's own cases are text archives: an expectation, and a trace in the same text form as ours.
mkdir "$work/gos"
for case in "$(go env GOROOT)"/src/internal/trace/testdata/tests/*.test; do
    [ -e "$case" ] || { echo "skip Go's own cases: they are not here"; break; }
    sed '1,/^-- trace --$/d' "$case" >"$work/text"
    "$work/ours" bytes "$work/text" "$work/gos/$(basename "$case" .test).trace"
done
ls "$work"/gos/* >"$work/list" 2>/dev/null && check "Go's own cases"

# Every lab, buggy and fixed, over many seeds, faithful and adversarial.
mkdir "$work/labs"
for lab in scenarios/*/scenario.yaml; do
    name=$(basename "$(dirname "$lab")")
    for seed in 1 2 3 4 5 6 7 8 9 10; do
        for mode in "" --adversarial; do
            for file in scenarios solutions; do
                "${TRACELAB:-./tracelab}" run "$name" --workload $file/$name/workload.yaml --seed $seed $mode \
                    -o "$work/labs/$name-$file-$seed$mode.trace" >/dev/null
            done
        done
    done
done
ls "$work"/labs/* >"$work/list"
check "all labs over ten seeds"
if grep -qv ' ok$' "$work/go.txt"; then
    echo "FAIL all labs: Go's reader refuses some"
    grep -v ' ok$' "$work/go.txt" | head -5 | sed 's/^/  /'
    failed=1
fi
rm -r "$work/labs"

# real NAME TOOLCHAIN: a trace of a real program, and a short one to damage.
real() {
    if ! (cd tests/interop/genreal && GOTOOLCHAIN=$2 timeout 600 go build -o "$work/genreal" .) \
        >"$work/log" 2>&1; then
        echo "skip $1: $(tail -n 1 "$work/log")"
        return
    fi
    "$work/genreal" "$work/$1.trace" 100
    "$work/genreal" "$work/$1-short.trace" 1
    echo "$work/$1.trace" >"$work/list"
    check "real program, $1"
}

cache=$(go env GOMODCACHE)
real go-here local
for version in 1.22.12 1.23.12 1.24.11 1.25.5 1.26.8; do
    if [ -n "${INTEROP_FETCH:-}" ] || ls -d "$cache"/golang.org/toolchain@v0.0.1-go$version.* >/dev/null 2>&1
    then
        real go$version go$version
    else
        echo "skip go$version: its toolchain is not here (INTEROP_FETCH=1 fetches it)"
    fi
done

mkdir "$work/damaged"
"$work/mutate" "$work/damaged" "${1:-3000}" 1 "$work"/cases/*.trace
ls "$work"/damaged/* >"$work/list"
check "damaged cases"
rm "$work"/damaged/*
"$work/mutate" "$work/damaged" 300 2 "$work"/*-short.trace
ls "$work"/damaged/* >"$work/list"
check "damaged traces of real programs"
exit $failed
