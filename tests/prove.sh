#!/usr/bin/env bash
# Every lab is what it claims to be (./tracelab dev prove), a line per fix. Where somebody is working on the
# exercises, which is what they are for, the labs are proved in a copy that has the starters.
cd "$(dirname "$0")/.." || exit 1
TRACELAB=${TRACELAB:-$PWD/tracelab}
if ! git diff --quiet HEAD -- exercises 2>/dev/null; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp -r scenarios exercises solutions "$work"
    cd "$work" || exit 1
    for lab in scenarios/*/workload.yaml; do
        cp "$lab" "exercises/$(basename "$(dirname "$lab")")/"
    done
fi
"$TRACELAB" dev prove 2>&1 | sed 's/^  ok    /ok prove /; s/^  FAIL  /FAIL prove /'
exit "${PIPESTATUS[0]}"
