#!/usr/bin/env bash
# A run, a report and a part of a grade under valgrind: nothing uninitialised decides anything or reaches a
# file, nothing is read past its end, nothing leaks.
cd "$(dirname "$0")/.." || exit 1
TRACELAB=${TRACELAB:-$PWD/tracelab}
command -v valgrind >/dev/null 2>&1 || { echo "skip valgrind: it is not here"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r scenarios exercises solutions "$work"
export TRACELAB_HOME=$work

clean() { # $1: what; $2: expected exit status; the command
    local what=$1 want=$2
    shift 2
    valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
        --errors-for-leak-kinds=definite,indirect "$TRACELAB" "$@" >"$work/out" 2>&1
    local status=$?
    if [ $status -eq "$want" ]; then echo "ok valgrind: $what"; else
        echo "FAIL valgrind: $what (exit status $status)"
        head -40 "$work/out" | sed 's/^/  /'
        bad=1
    fi
}

bad=0
for lab in scenarios/*/scenario.yaml; do
    lab=$(basename "$(dirname "$lab")")
    clean "$lab runs" 0 run "$lab" -o "$work/$lab.trace"
    clean "$lab is reported" 0 report "$work/$lab.trace"
    clean "$lab is graded" 1 grade "$lab" --seed 2
done
head -c 3000 "$work/starvation.trace" >"$work/cut.trace"
clean "a cut trace" 1 validate "$work/cut.trace"
printf 'workload: x\nmain:\n  - lokc: mu\n' >"$work/wrong.yaml"
clean "a wrong file" 3 run "$work/wrong.yaml"
exit $bad
