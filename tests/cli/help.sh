#!/usr/bin/env bash
# What every command says about itself.
. "$(dirname "$0")/lib.bash"

t ./tracelab
t ./tracelab help
t ./tracelab --help
t ./tracelab --version
for command in list status next run report grade hint reset dump validate dev demo; do
    t ./tracelab $command --help
done
t ./tracelab help run
t ./tracelab help runn
