#!/usr/bin/env bash
# A verdict does not depend on how many workers there are.
. "$(dirname "$0")/lib.bash"

for workers in 1 8; do
    TRACELAB_WORKERS=$workers ./tracelab grade lock-across-io --json >$workers.json
    TRACELAB_WORKERS=$workers ./tracelab grade missing-ctx --workload solutions/missing-ctx/wrong/ended-on-one-path.yaml \
        --json >>$workers.json
    sed 's#store/\([a-z-]*\)/\(trial-\)*[0-9]*/#store/\1/N/#' $workers.json >$workers.same
done
t cmp 1.same 8.same
t 'grep -c seed 1.same'
