#!/usr/bin/env bash
# A fresh kit: what there is, what to do.
. "$(dirname "$0")/lib.bash"

t ./tracelab list
t ./tracelab status
t ./tracelab next
t ./tracelab next lock-across-io
t '[ -e store ] || echo nothing is written yet'

# A hint that nobody would ever see.
sed -i 's/when: put twice/when: putt twice/' scenarios/gc-assist/scenario.yaml
t ./tracelab dev check gc-assist
