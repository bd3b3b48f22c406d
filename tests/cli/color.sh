#!/usr/bin/env bash
# Colours: on a terminal or when asked, never against NO_COLOR.
. "$(dirname "$0")/lib.bash"

./tracelab run missing-ctx -o ctx.trace >/dev/null
unset NO_COLOR
has_color() { "$@" 2>&1 | grep -q "$(printf '\033')" && echo yes || echo no; }
verdict="./tracelab grade missing-ctx --seed 1"

t has_color $verdict
t CLICOLOR_FORCE=1 has_color $verdict
t CLICOLOR_FORCE=0 has_color $verdict
t CLICOLOR_FORCE=1 NO_COLOR=1 has_color $verdict
t has_color $verdict --color always
t NO_COLOR=1 has_color $verdict --color=always
t CLICOLOR_FORCE=1 has_color $verdict --color never
t has_color ./tracelab report ctx.trace --color always
cp exercises/missing-ctx/workload.yaml alone.yaml
t has_color ./tracelab run alone.yaml --color always
t CLICOLOR_FORCE=1 has_color $verdict --json
t "$verdict --color always | cat -v | tail -9"
t 'grep -c "$(printf "\033")" store/missing-ctx/trial-1/verdict.txt'
