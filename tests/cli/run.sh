#!/usr/bin/env bash
# Commands against their exact output. Each NAME.sh here is run in a scratch copy of the kit, with
# `tracelab` on the path; NAME.out and NAME.err hold what it must print, NAME.status its exit status (0 if
# there is none). `tests/cli/run.sh --update` rewrites them, for review.
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
TRACELAB=${TRACELAB:-$root/tracelab}
update=${1:-}
bad=0

for t in tests/cli/*.sh; do
    name=$(basename "$t" .sh)
    [ "$name" = run ] && continue
    base=$root/tests/cli/$name
    kit=$(mktemp -d)
    cp -r scenarios exercises solutions "$kit"
    mkdir "$kit/bin" && ln -s "$TRACELAB" "$kit/bin/tracelab"
    (cd "$kit" && PATH="$kit/bin:$PATH" NO_COLOR=1 FIXTURES="$root/tests/fixtures" TRACELAB_HOME="" bash "$root/$t") \
        >"$kit/out" 2>"$kit/err" </dev/null
    status=$?
    if [ "$update" = --update ]; then
        cp "$kit/out" "$base.out"
        if [ -s "$kit/err" ]; then cp "$kit/err" "$base.err"; else rm -f "$base.err"; fi
        if [ $status -ne 0 ]; then echo $status >"$base.status"; else rm -f "$base.status"; fi
        echo "ok updated $name"
    else
        want=$(cat "$base.status" 2>/dev/null || echo 0)
        touch "$kit/none"
        err=$base.err; [ -f "$err" ] || err=$kit/none
        if [ "$status" = "$want" ] && diff -u "$base.out" "$kit/out" >"$kit/d1" && diff -u "$err" "$kit/err" >"$kit/d2"; then
            echo "ok $name"
        else
            echo "FAIL cli $name (exit status $status, expected $want)"
            cat "$kit/d1" "$kit/d2" 2>/dev/null | head -40 | sed 's/^/  /'
            bad=1
        fi
    fi
    rm -rf "$kit"
done
exit $bad
