#!/usr/bin/env bash
# Commands against their exact output. Each NAME.sh here is run in a scratch copy of a fresh kit; NAME.out and
# NAME.err hold what it must print, NAME.status its exit status (0 if there is none).
#
#   tests/cli/run.sh [--update] [NAME...]      default: all; --update rewrites what is expected, for review
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
TRACELAB=${TRACELAB:-$root/tracelab}
update=
[ "${1:-}" = --update ] && update=1 && shift
[ $# -gt 0 ] || set -- $(ls tests/cli/*.sh | xargs -n 1 basename | sed 's/\.sh$//' | grep -vx run)

# The labs that these runs know. A lab more changes what `list` and `status` print: the kit here has just these.
labs="missing-ctx gc-assist lock-across-io starvation"

# A kit as it comes: exercises are the starters, whatever somebody is working on here.
fresh_kit() {
    mkdir "$1/scenarios" "$1/exercises" "$1/solutions"
    cp ./*.md "$1"
    cp -r scenarios/schema scenarios/*.md "$1/scenarios"
    for lab in $labs; do
        for room in scenarios exercises solutions; do
            cp -r "$room/$lab" "$1/$room"
        done
        cp "scenarios/$lab/workload.yaml" "$1/exercises/$lab/"
    done
    ln -s "$TRACELAB" "$1/tracelab"
}

write_expected() { # $1: base name, $2: folder of the results, $3: exit status
    cp "$2/out" "$1.out"
    if [ -s "$2/err" ]; then cp "$2/err" "$1.err"; else rm -f "$1.err"; fi
    if [ "$3" -ne 0 ]; then echo "$3" >"$1.status"; else rm -f "$1.status"; fi
}

is_expected() { # the same; differences go to $2/diff
    touch "$2/none"
    local err=$1.err
    [ -f "$err" ] || err=$2/none
    diff -u "$1.out" "$2/out" >"$2/diff" && diff -u "$err" "$2/err" >>"$2/diff" &&
        [ "$3" = "$(cat "$1.status" 2>/dev/null || echo 0)" ]
}

bad=0
for name in "$@"; do
    work=$(mktemp -d)
    mkdir "$work/kit"
    fresh_kit "$work/kit"
    (cd "$work/kit" && env -u CLICOLOR_FORCE -u TRACELAB_HOME NO_COLOR=1 bash "$root/tests/cli/$name.sh") \
        >"$work/out" 2>"$work/err" </dev/null
    status=$?
    if [ -n "$update" ]; then
        write_expected "$root/tests/cli/$name" "$work" $status
        echo "ok updated $name"
    elif is_expected "$root/tests/cli/$name" "$work" $status; then
        echo "ok $name"
    else
        echo "FAIL cli $name (exit status $status); tests/cli/run.sh --update $name rewrites what is expected"
        head -40 "$work/diff" | sed 's/^/  /'
        bad=1
    fi
    rm -rf "$work"
done
exit $bad
