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
"$TRACELAB" dev prove fifth >out 2>&1
say $? "is proved"
"$TRACELAB" grade fifth >out 2>&1
[ $? = 1 ] && grep -q 'still sync block\|sync block is' out
say $? "is graded"
sed -i 's/net upstream/net upstraem/' scenarios/fifth/scenario.yaml
"$TRACELAB" dev check fifth >out 2>&1
[ $? != 0 ] && grep -q "scenario.yaml:[0-9]*:[0-9]*: error" out
say $? "has its mistakes pointed out"
