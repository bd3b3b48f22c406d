#!/usr/bin/env bash
# A learner's way through a lab: attempts, hints, progress, and back to the start.
. "$(dirname "$0")/lib.bash"

lab=lock-across-io
mine=exercises/$lab/workload.yaml

t ./tracelab hint $lab
t ./tracelab grade $lab
t ./tracelab status
t ./tracelab hint $lab
cp solutions/$lab/wrong/no-lock.yaml $mine
t ./tracelab grade $lab
t ./tracelab hint $lab
t ./tracelab list
mend $mine 's/read:/raed:/'
t ./tracelab grade $lab
t ./tracelab hint $lab
cp solutions/$lab/workload.yaml $mine
t ./tracelab grade $lab
t ./tracelab status
t ./tracelab list
t ./tracelab hint $lab
t ./tracelab hint $lab
t ./tracelab hint $lab --all
t ./tracelab reset $lab
t cmp scenarios/$lab/workload.yaml $mine
t cmp solutions/$lab/workload.yaml store/$lab/kept-1/workload.yaml
t ./tracelab reset $lab
t 'cd store && ls -d */* && readlink lock-across-io/latest && ls lock-across-io/[123] && cat progress'

# A trial is no attempt; a failure after a pass takes nothing away.
t './tracelab grade lock-across-io --seed 2 | tail -2'
t './tracelab grade lock-across-io | tail -2'
t ./tracelab status

cat >store/progress <<'END'
a line that nobody knows
missing-ctx passed 100 1 0
gc-assist passed 100 7 5
lock-across-io passed 100 1 0
starvation tried 47 2 1 still scheduler wait
END
t ./tracelab status
t ./tracelab next
t ./tracelab hint starvation
mend store/progress 's/^starvation .*/starvation passed 100 3 2/'
t ./tracelab status
t ./tracelab next
t ./tracelab grade
t cat store/progress
# A verdict on another file is no attempt, but the next hint is about it.
t './tracelab grade gc-assist --workload solutions/gc-assist/wrong/early-put.yaml --seed 1 | tail -3'
t './tracelab hint gc-assist | head -3'
t cat store/progress
