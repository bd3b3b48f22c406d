#!/usr/bin/env bash
# From another folder, with TRACELAB_HOME, and without a kit.
. "$(dirname "$0")/lib.bash"

t 'cd exercises/lock-across-io && ../../tracelab run lock-across-io'
t 'cd exercises/lock-across-io && ../../tracelab run missing-ctx --workload ../missing-ctx/workload.yaml -o here.trace'
t 'cd exercises && ../tracelab next lock-across-io'
t 'cd / && TRACELAB_HOME=$kit $kit/tracelab list'
t 'cd / && TRACELAB_HOME=/nowhere $kit/tracelab list'

# A program that lies nowhere near a kit.
alone=$(mktemp -d)
cp tracelab "$alone/tracelab"
cp exercises/lock-across-io/workload.yaml "$alone/mine.yaml"
printf 'workload: alone\nmain:\n  - cpu: 1ms\n' >"$alone/alone.yaml"
cd "$alone" || exit 1
t ./tracelab list
t ./tracelab run alone.yaml
t ./tracelab validate alone.trace
t './tracelab run mine.yaml 2>&1 | tail -2'
rm -r "$alone"
