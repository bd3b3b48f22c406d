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

# a hint that nobody saw does not count
./tracelab hint lock-across-io >/dev/null
t 'grep lock-across-io store/progress'
t './tracelab hint lock-across-io >/dev/full'
t 'grep lock-across-io store/progress'

# a disk that is full, or a file that may not grow: the verdict stands, and nothing of it is half kept
t '(ulimit -f 16; ./tracelab grade lock-across-io | tail -3)'
t 'ls store/lock-across-io; grep lock-across-io store/progress'
t '(ulimit -f 16; ./tracelab run lock-across-io -o here.trace)'
t 'ls *.trace*; cmp here.trace store/lock-across-io/run.trace'

# a link stays a link
mkdir elsewhere
ln -s elsewhere/real.trace link.trace
: >elsewhere/real.trace
t './tracelab run lock-across-io -o link.trace | head -1'
t 'cmp elsewhere/real.trace store/lock-across-io/run.trace; test -L link.trace'
