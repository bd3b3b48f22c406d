#!/usr/bin/env bash
# Mistakes in a workload: the place, a caret, what was meant, exit status 3.
. "$(dirname "$0")/lib.bash"

# mistake SED-COMMAND: runs the exercise with that edit
mistake() {
    sed "$1" exercises/lock-across-io/workload.yaml >mine.yaml
    printf '# %s\n' "$1"
    t ./tracelab run lock-across-io --workload mine.yaml
}

mistake 's/- lock: prices_mu/- lokc: prices_mu/'
mistake 's/- unlock: prices_mu/- unlock: prces_mu/'
mistake 's/net: upstream/net: upsteam/'
mistake 's/r\.miss/r.mis/'
mistake 's/if: r.miss/if: !miss/'
mistake 's/^              - unlock/             - unlock/'
mistake 's/size: 2KiB/size: 2KB/'
mistake 's/size: 2KiB/siz: 2KiB/'
mistake 's/^    params/\tparams/'
mistake 's/lookups: handle/lookup: handel/'
mistake 's/- read: prices/  read: prices/'
mistake 's/^main:/objects: {x: mutex}\nmain:/'
mistake '/^main/,$d'
mistake 's/^workload: .*/workload: Price Service/'
mistake 's/- read: prices/- \&a read: prices/'
mistake 's/params: \[ctx, r\]/params: [ctx]/'
mistake 's/^functions:/function:/'
mistake 's/lock: /lck: /; s/net: /nett: /; s/cpu: /cpuu: /; s/reply: /repl: /'
mistake 's/- lock: /- lokc: /; s/r\.miss/r.mis/; s/upstream/upsteam/; s/cpu: render/cpu: rendr/; s/size: /siz: /'
mistake d

printf 'workload: x\nmain:\n  - log: "\0"\n' >mine.yaml
t ./tracelab run mine.yaml
head -c 20000000 /dev/zero | tr '\0' '#' >mine.yaml
t ./tracelab run mine.yaml
t ./tracelab run scenarios

# In a scenario; every command that needs the lab says so.
mend scenarios/missing-ctx/scenario.yaml 's/^expect:/expct:/'
t ./tracelab list
t ./tracelab run missing-ctx
t ./tracelab dev check missing-ctx
