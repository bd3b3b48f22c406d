#!/usr/bin/env bash
# Verdicts on starvation: the starter, the solution, a wrong fix; for people and for programs.
. "$(dirname "$0")/lib.bash"

lab=starvation
t ./tracelab grade $lab --seed 3
t ./tracelab grade $lab --seed 3 --json
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/workload.yaml
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/workload.yaml --json
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/wrong/items-dropped.yaml
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/wrong/items-dropped.yaml --json
t ./tracelab status
