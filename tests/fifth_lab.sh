#!/usr/bin/env bash
# A new lab needs no C: files under a new name are listed, checked, graded and proved.
cd "$(dirname "$0")/.." || exit 1
root=$PWD
TRACELAB=${TRACELAB:-$root/tracelab}
kit=$(mktemp -d)
trap 'rm -rf "$kit"' EXIT
cp -r scenarios exercises solutions "$kit"
cd "$kit" || exit 1
for room in scenarios exercises solutions; do cp -r $room/lock-across-io $room/fifth; done
sed -i 's/^scenario: .*/scenario: fifth/; s/^title: .*/title: The fifth lab/' scenarios/fifth/scenario.yaml
printf '\nseeds: {faithful: 3, adversarial: 2}\n' >>scenarios/fifth/scenario.yaml
sed -i '/^seeds:/{$!d}' scenarios/fifth/scenario.yaml

say() { if [ "$1" = 0 ]; then echo "ok fifth lab: $2"; else echo "FAIL fifth lab: $2"; fi; }
export TRACELAB_HOME=
"$TRACELAB" list | grep -q '^fifth.*The fifth lab'
say $? "is listed"
"$TRACELAB" dev check fifth >out 2>&1
[ $? = 1 ] && grep -q 'FAIL.*exercises/fifth/README.md.*does not name this lab' out
say $? "does not keep another lab's brief"
sed -i 's/lock-across-io/fifth/g' exercises/fifth/README.md solutions/fifth/README.md
"$TRACELAB" dev prove fifth >out 2>&1
say $? "is proved"

# Edits a file of the lab; what is proved then must fail with these words.
unproved() { # $1: file, $2: edit, $3: words, $4: what it shows
    cp "$1" kept && sed -i "$2" "$1"
    "$TRACELAB" dev prove fifth >out 2>&1
    [ $? = 1 ] && grep -q "$3" out && grep -qx '0 labs proved, 1 failed' out
    say $? "$4"
    cp kept "$1"
}
unproved scenarios/fifth/scenario.yaml 's/net upstream: r.miss, cpu/net upstream: 2, cpu/' \
    'FAIL.*scenarios/.*contract missing net upstream, expected removed' \
    "is not proved by a starter that fails another check"
mv solutions/fifth/wrong kept-wrong && mkdir solutions/fifth/wrong
unproved solutions/fifth/proof.yaml '/^wrong:/,$d' 'names no wrong fix' "is not proved without a wrong fix"
rmdir solutions/fifth/wrong && mv kept-wrong solutions/fifth/wrong
mv solutions/fifth/right kept-right && mkdir solutions/fifth/right
unproved solutions/fifth/proof.yaml '/^right:/,/^wrong:/{/^wrong:/!d}' 'names no right fix' \
    "is not proved without a right fix"
rmdir solutions/fifth/right && mv kept-right solutions/fifth/right

"$TRACELAB" grade fifth >out 2>&1
[ $? = 1 ] && grep -q 'still sync block\|sync block is' out
say $? "is graded"
sed -i 's/^scenario: fifth/scenario: sixth/' scenarios/fifth/scenario.yaml
"$TRACELAB" dev check fifth >out 2>&1
[ $? = 1 ] && grep -q "scenario.yaml:2:11: error: expected the name of its folder, 'fifth'" out
say $? "bears the name of its folder"
sed -i 's/^scenario: sixth/scenario: fifth/' scenarios/fifth/scenario.yaml
sed -i 's/net upstream/net upstraem/' scenarios/fifth/scenario.yaml
"$TRACELAB" dev check fifth >out 2>&1
[ $? != 0 ] && grep -q "scenario.yaml:[0-9]*:[0-9]*: error" out
say $? "has its mistakes pointed out"
