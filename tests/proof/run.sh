#!/usr/bin/env bash
# The core on real threads: every workload counts what it expects, on several numbers of Ps. A lost wake-up
# ends in a dump of all goroutines, Ps and Ms. `make tsan` runs the same under ThreadSanitizer.
cd "$(dirname "$0")/../.."
out=$("${BUILD:-build/release}/proof" "${PROOF_SECONDS:-3}" 2>&1)
if [ $? -eq 0 ]; then
    echo "ok $out"
else
    echo "FAIL proof"
    printf '%s\n' "$out" | head -60
fi
