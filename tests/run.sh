#!/usr/bin/env bash
# Every test: unit suites, the core on real threads, commands against their expected output, determinism
# across compilers, and the labs proved. The last line counts them.
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build/release}
export BUILD TRACELAB="$PWD/$BUILD/tracelab" CK_VERBOSITY=normal CK_DEFAULT_TIMEOUT=120
# A tracer of this process (a leak checker's, a debugger's) must not make leak detection fail the tests.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}

passed=0 failed=0 skipped=0
count() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + ${3:-0})); }

# Check names the suites, each failure, and ends in a summary: "97%: Checks: 120, Failures: 3, Errors: 1". Two
# tests see to it that running out of memory is said.
units() {
    local out checks bad
    out=$("$BUILD/unit" 2>&1)
    local status=$?
    printf '%s\n' "$out" | grep -vE '^(Running suite.*| [a-z].*|out of memory)$'
    checks=$(printf '%s\n' "$out" | sed -n 's/.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' | tail -1)
    if [ -z "$checks" ]; then
        echo "unit: no summary (exit status $status)"
        count 0 1
        return
    fi
    set -- $checks
    bad=$(($2 + $3))
    count $(($1 - bad)) "$bad"
}

# A script that prints "ok NAME", "FAIL NAME" or "skip NAME: why" lines.
script() {
    local out
    out=$("$@" 2>&1)
    local status=$?
    printf '%s\n' "$out" | sed -nE '/^(FAIL|skip| )/p'
    count "$(printf '%s\n' "$out" | grep -c '^ok ')" "$(printf '%s\n' "$out" | grep -c '^FAIL ')" \
        "$(printf '%s\n' "$out" | grep -c '^skip ')"
    if [ $status -ne 0 ] && ! printf '%s\n' "$out" | grep -q '^FAIL '; then
        echo "FAIL $* (exit status $status)"
        printf '%s\n' "$out" | tail -5
        count 0 1
    fi
}

echo "== unit suites";                    units
echo "== the core on threads";            script tests/proof/run.sh
echo "== commands and their output";      script tests/cli/run.sh
echo "== same seed, same bytes";          script tests/determinism.sh
echo "== what the core links to";         script tests/symbols.sh
echo "== the labs, proved";               script tests/prove.sh
echo "== a lab without C";                script tests/fifth_lab.sh
echo "== real Go tools on our traces";    script tests/interop/quick.sh

[ "$skipped" -gt 0 ] && more=", $skipped skipped" || more=""
echo "$passed passed, $failed failed$more"
[ "$failed" -eq 0 ]
