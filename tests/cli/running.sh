#!/usr/bin/env bash
# Running: a lab, with every option, and a file by itself.
. "$(dirname "$0")/lib.bash"

t ./tracelab run
t ./tracelab run lock-across-io
t ./tracelab run lock-across-io --seed 7
t ./tracelab run lock-across-io --seed=7 -o seven.trace
t cmp store/lock-across-io/run.trace seven.trace
t ./tracelab run lock-across-io --seed 7 --adversarial --output other.trace
t 'cmp -s seven.trace other.trace'
t ./tracelab run lock-across-io -w solutions/lock-across-io/workload.yaml -o "'my fix.trace'"
t ./tracelab validate "'my fix.trace'"
t ./tracelab run exercises/lock-across-io/workload.yaml

cat >small.yaml <<'END'
workload: two-friends
objects:
  ball: {channel: 0}
functions:
  friend:
    do:
      - repeat: 3
        do:
          - recv: ball
main:
  - go: friend
  - repeat: 3
    do:
      - send: ball
END
t ./tracelab run small.yaml
t ./tracelab validate small.trace

cat >served.yaml <<'END'
workload: hello
world:
  machine: {cpus: 1}
  works: {greet: 1ms}
  loads:
    hellos: {rate: 100/s, requests: 20}
functions:
  handle:
    params: [ctx, r]
    do:
      - cpu: greet
      - reply: ok
main:
  - serve: {hellos: handle}
END
t ./tracelab run ./served.yaml
t './tracelab report served.trace | head -12'
t './tracelab run ./served.yaml -o /dev/full'
t ./tracelab run missing-ctx
t './tracelab report missing-ctx | head -2'
t ./tracelab report starvation

# A life of many states: its beginning and its end.
printf 'workload: long\nmain:\n  - repeat: 700\n    do:\n      - sleep: 1us\n' >long.yaml
./tracelab run long.yaml >/dev/null
t './tracelab report long.trace --goroutine 1 | grep -n -B1 -A1 shorter | head -8'
t './tracelab report long.trace --goroutine 1 | wc -l'
