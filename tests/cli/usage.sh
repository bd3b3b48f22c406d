#!/usr/bin/env bash
# Mistakes on the command line: what is wrong, what was meant, exit status 3.
. "$(dirname "$0")/lib.bash"

t ./tracelab stauts
t ./tracelab frobnicate
t ./tracelab run --sed 3
t ./tracelab run --adverserial=yes
t ./tracelab run --frobnicate
t ./tracelab run -x
t ./tracelab run --seed
t ./tracelab run --seed=
t ./tracelab run --seed 0
t ./tracelab run --seed twelve
t ./tracelab run --seed 99999999999999999999
t ./tracelab run lock-across-io starvation
t ./tracelab run a.yaml --workload b.yaml
t ./tracelab run nowhere.yaml
t ./tracelab run lock-across-io --workload nowhere.yaml
t ./tracelab run lock-across-io -o nowhere/lock.trace
t ./tracelab run lock
t ./tracelab run lock-acros-oi
t ./tracelab run nothing-like-it
t ./tracelab grade --json=yes
t ./tracelab grade lock-across-io --workload nowhere.yaml
t './tracelab grade ""'
t ./tracelab report
t ./tracelab report nowhere.trace
t ./tracelab report a.trace b.trace
t ./tracelab dump
t ./tracelab validate
t ./tracelab hint nobody
t ./tracelab reset
t ./tracelab next starvaton
t ./tracelab dev
t ./tracelab dev porve
t ./tracelab dev check nobody
t ./tracelab list --color sometimes
t ./tracelab status now
