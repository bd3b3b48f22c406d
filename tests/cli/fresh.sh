#!/usr/bin/env bash
# A fresh kit: what there is, what to do.
. "$(dirname "$0")/lib.bash"

t ./tracelab list
t ./tracelab status
t ./tracelab next
t ./tracelab next lock-across-io
t '[ -e store ] || echo nothing is written yet'
