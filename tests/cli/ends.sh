#!/usr/bin/env bash
# Programs that do not come to a good end: exit status 1, and a trace all the same.
. "$(dirname "$0")/lib.bash"

edit() { sed "$2" exercises/lock-across-io/workload.yaml >"$1.yaml"; }

edit deadlock 's/- unlock: prices_mu/- yield/'
edit panic 's/^\( *\)- unlock: prices_mu/&\n\1- unlock: prices_mu/'
edit forever 's/- serve: .*/- while: true\n    do:\n      - cpu: 1s/'
for end in deadlock panic forever; do
    t ./tracelab run lock-across-io --workload $end.yaml -o $end.trace
    t ./tracelab validate $end.trace
    t ./tracelab grade lock-across-io --workload $end.yaml
done
t './tracelab report panic.trace | grep "fatal\|did not"'

# What does not end a program is told as well, with exit status 0.
t './tracelab run lock-across-io --workload solutions/lock-across-io/wrong/no-lock.yaml'
t './tracelab run lock-across-io --workload solutions/lock-across-io/wrong/nobody-listens.yaml'

# Regions that end where they may not: told at once, and where the trace is refused for it, that too.
for which in elsewhere inside-another; do
    t "./tracelab run missing-ctx --workload solutions/missing-ctx/wrong/region-ended-$which.yaml | head -4"
done
t './tracelab grade missing-ctx --workload solutions/missing-ctx/wrong/region-ended-inside-another.yaml --seed 1'
