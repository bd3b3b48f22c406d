#!/bin/sh
# Real Go tools on our traces: one trace of each lab is read by Go's reader and by ours, with the same
# result, and `go tool trace` parses it to the end. Then the hand-written cases.
set -eu
cd "$(dirname "$0")/../.."
. tests/interop/lib.sh
build
cases

tracelab=${TRACELAB:-./tracelab}
for lab in scenarios/*/scenario.yaml; do
    name=$(basename "$(dirname "$lab")")
    trace=$work/$name.trace
    if ! "$tracelab" run "$name" --seed 1 -o "$trace" >"$work/log" 2>&1; then
        echo "FAIL $name: tracelab run"
        sed 's/^/  /' "$work/log"
        failed=1
        continue
    fi
    echo "$trace" >"$work/list"
    check "$name"
    if ! grep -q ' ok$' "$work/go.txt"; then
        echo "FAIL $name: Go's reader refuses it"
        sed 's/^/  /' "$work/go.txt"
        failed=1
    fi
    if go tool trace -d=parsed "$trace" >/dev/null 2>"$work/log"; then
        echo "ok $name: go tool trace"
    else
        echo "FAIL $name: go tool trace"
        sed 's/^/  /' "$work/log"
        failed=1
    fi
done
exit $failed
