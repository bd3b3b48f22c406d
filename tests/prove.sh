#!/usr/bin/env bash
# Every lab is what it claims to be (./tracelab dev prove), a line per fix.
cd "$(dirname "$0")/.."
"${TRACELAB:-./tracelab}" dev prove 2>&1 | sed 's/^  ok    /ok prove /; s/^  FAIL  /FAIL prove /'
exit "${PIPESTATUS[0]}"
