#!/usr/bin/env bash
# Reports on a trace of gc-assist, in every form.
. "$(dirname "$0")/lib.bash"

./tracelab run gc-assist -o lab.trace >/dev/null
t ./tracelab report lab.trace
t ./tracelab report lab.trace --load exports
t ./tracelab report lab.trace --load nobody
t ./tracelab report lab.trace --goroutine 20
t './tracelab report lab.trace --regions | head -20'
t ./tracelab report lab.trace --requests
t ./tracelab report lab.trace --json
t './tracelab report lab.trace --json --goroutine 20 | tail -60'
t ./tracelab report lab.trace --goroutine 999999
