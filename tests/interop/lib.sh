# What the interop scripts share: the readers, built, and the comparison of what they say. Source it from
# the root of the tree. Output: lines "ok NAME: ...", "FAIL NAME: ..." with details indented below, and
# "skip NAME: why".

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# skip_all WHY: nothing can be done here.
skip_all() {
    echo "skip interop: $1"
    exit 0
}

# build: the Go programs, which need golang.org/x/exp from the module cache or the proxy, and our reader.
build() {
    command -v go >/dev/null || skip_all "no Go here"
    (cd tests/interop && timeout 300 go build -o "$work/" ./readall ./mutate ./compare) \
        >"$work/log" 2>&1 || skip_all "the Go programs cannot be built: $(tail -n 1 "$work/log")"
    ${CC:-cc} -std=c17 -D_GNU_SOURCE -O0 -ffp-contract=off -I. -o "$work/ours" tests/interop/ours.c \
        tests/unit/trace_cases.c tests/unit/text_parse.c grader/reader/*.c format/*.c base/*.c -lyaml
}

# check NAME: reads the traces named in $work/list with both readers.
check() {
    "$work/ours" read <"$work/list" >"$work/ours.txt"
    "$work/readall" <"$work/list" >"$work/go.txt"
    if "$work/compare" "$work/ours.txt" "$work/go.txt" >"$work/result"; then
        echo "ok $1: $(cat "$work/result")"
    else
        echo "FAIL $1: the readers disagree"
        sed 's/^/  /' "$work/result"
        failed=1
    fi
}

# cases: the hand-written ones, written to $work/cases; where a file says that Go accepts what we refuse,
# Go must do so.
cases() {
    mkdir "$work/cases"
    "$work/ours" cases tests/fixtures/traces "$work/cases" >"$work/cases.txt"
    cut -d' ' -f1 "$work/cases.txt" >"$work/list"
    check "cases"
    for case in $(sed -n 's/ go => ok$//p' "$work/cases.txt"); do
        grep -q "^$case events=.* ok" "$work/go.txt" && continue
        echo "FAIL ${case##*/}: Go refuses it, too"
        failed=1
    done
}
