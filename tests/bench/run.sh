#!/usr/bin/env bash
# Speed and memory, ours beside the real Go runtime's on the same programs where Go is present, and the
# time of a verdict per lab. Wall-clock figures of this machine: compare ratios, not numbers.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$BUILD/bench" >"$work/ours" || exit 1
if command -v go >/dev/null 2>&1 &&
    (cd tests/bench/peer && GOFLAGS=-mod=mod go build -o "$work/peer" . 2>"$work/log"); then
    "$work/peer" >"$work/go"
else
    : >"$work/go"
    echo "(Go is not here: no ratios)"
fi

printf '%-40s %14s %14s %8s\n' "" tracelab "Go, 1 P" ratio
while read -r name unit value; do
    go=$(awk -v n="$name" -v u="$unit" '$1 == n && $2 == u {print $3}' "$work/go")
    ratio=""
    [ -n "$go" ] && ratio=$(awk -v a="$value" -v b="$go" 'BEGIN {printf "%.2f", a / b}')
    printf '%-40s %14s %14s %8s\n' "$name, $unit" "$value" "$go" "$ratio"
done <"$work/ours"

echo
for lab in scenarios/*/scenario.yaml; do
    lab=$(basename "$(dirname "$lab")")
    kit=$work/kit
    rm -rf "$kit" && mkdir "$kit" && cp -r scenarios exercises solutions "$kit"
    start=$(date +%s%N)
    TRACELAB_HOME=$kit ./tracelab grade "$lab" --workload "solutions/$lab/workload.yaml" >/dev/null
    printf '%-40s %11d ms\n' "verdict on $lab" $((($(date +%s%N) - start) / 1000000))
done
