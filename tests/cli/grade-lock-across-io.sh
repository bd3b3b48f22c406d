#!/usr/bin/env bash
# Verdicts on lock-across-io: the starter, the solution, a wrong fix; for people and for programs.
. "$(dirname "$0")/lib.bash"

lab=lock-across-io
t ./tracelab grade $lab --seed 3
t ./tracelab grade $lab --seed 3 --json
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/workload.yaml
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/workload.yaml --json
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/wrong/read-lock.yaml
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/wrong/read-lock.yaml --json
t ./tracelab status
