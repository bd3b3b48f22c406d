#!/usr/bin/env bash
# Verdicts on gc-assist: the starter, the solution, a wrong fix; for people and for programs.
. "$(dirname "$0")/lib.bash"

lab=gc-assist
t ./tracelab grade $lab --seed 3
t ./tracelab grade $lab --seed 3 --json
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/workload.yaml
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/workload.yaml --json
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/wrong/gogc-400.yaml
t ./tracelab grade $lab --seed 3 --workload solutions/$lab/wrong/gogc-400.yaml --json
t ./tracelab status
