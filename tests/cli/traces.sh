#!/usr/bin/env bash
# Traces good and bad: valid, truncated, corrupt, unsupported, none at all.
. "$(dirname "$0")/lib.bash"

./tracelab run lock-across-io -o good.trace >/dev/null
size=$(stat -c %s good.trace)
head -c $((size - 10)) good.trace >cut.trace
head -c 100000 good.trace >early.trace
head -c 9 good.trace >header.trace
sed '1s/go 1.22/go 1.21/' good.trace >old.trace
sed '1s/go 1.22/go 1.99/' good.trace >new.trace
{ head -c 20000 good.trace; printf '\377\377\377'; tail -c +20004 good.trace; } >corrupt.trace
# The last byte of a ProcStart is the end of its sequence number: another number, another order.
end=$(./tracelab dump --wire --offsets good.trace | awk '/^ProcStart/ && ++n == 20 { getline; print $NF }')
{ head -c $((end - 1)) good.trace; printf '\100'; tail -c +$((end + 1)) good.trace; } >order.trace
{ cat good.trace; echo more; } >longer.trace
: >empty.trace
mkdir folder.trace

t ./tracelab validate good.trace
t ./tracelab validate --strict good.trace
for which in cut early header old new corrupt order longer empty folder nowhere; do
    t ./tracelab validate $which.trace
done
t ./tracelab validate README.md

t ./tracelab report cut.trace
for which in header new corrupt empty folder; do
    t "./tracelab report $which.trace >out; cat out | tail -3"
done
t ./tracelab report README.md
t './tracelab report cut.trace --json >/dev/null'
t './tracelab report cut.trace --goroutine 999999'
t './tracelab report early.trace --goroutine 19 | tail -1'
t './tracelab report early.trace --load nobody'

t './tracelab dump good.trace | head -60'
t './tracelab dump --stacks --offsets good.trace | grep -a -A 3 -m 2 "Waiting .sync"'
t './tracelab dump --wire good.trace | head -12'
t './tracelab dump --wire --offsets corrupt.trace | tail -3'
t './tracelab dump cut.trace | tail -3'
t './tracelab dump cut.trace >/dev/null'
t ./tracelab dump new.trace
t ./tracelab dump nowhere.trace
t ./tracelab dump --wire nowhere.trace
