#!/usr/bin/env bash
# A store that cannot be written, and an exercise that is gone.
. "$(dirname "$0")/lib.bash"

echo 'not a folder' >store
t ./tracelab status
t ./tracelab run lock-across-io
t ./tracelab run lock-across-io -o here.trace
t ./tracelab grade lock-across-io --seed 1
t ./tracelab grade lock-across-io
t ./tracelab hint lock-across-io
echo '# mine' >>exercises/lock-across-io/workload.yaml
t ./tracelab reset lock-across-io
t tail -1 exercises/lock-across-io/workload.yaml
t ./tracelab demo

rm store
mkdir -p store/progress
t ./tracelab status
t './tracelab grade lock-across-io >/dev/null'
rmdir store/progress

rm exercises/lock-across-io/workload.yaml
t ./tracelab next lock-across-io
t ./tracelab run lock-across-io
t ./tracelab grade lock-across-io
t ./tracelab reset lock-across-io
t './tracelab run lock-across-io | head -1'
t './tracelab list >/dev/full'
