/* runtime/program: every way of writing a workload wrong, and what is said about it. */
#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "runtime/program/verbs.h"
#include "tests/unit/program_stage.h"

Suite *program_load_suite(void);

struct wrong {
    const char *text, *messages;
};

static void check_wrong(const struct wrong *w)
{
    bool loaded;
    char *messages = messages_of(w->text, &loaded);

    ck_assert_str_eq(messages, w->messages);
    ck_assert(!loaded);
    free(messages);
}

/* The file, its settings, objects and functions. */
static const struct wrong files[] = {
    {"- a\n", "1:1: expected a workload: `workload`, `objects`, `functions` and `main`, found a list\n"},
    {"objects: {}\n", "1:1: `workload` is missing: `workload: NAME`\n"
                      "1:1: `main` is missing: the steps that the program begins with\n"},
    {"workload: Report_api\nmains: []\nmain:\n  - yield\n",
     "2:1: unknown key 'mains' in a workload; did you mean 'main'?\n"
     "1:11: 'Report_api' is not a name: lower-case words joined by `-`\n"},
    {"workload: a-\nfoo: 1\nmain: {}\n",
     "2:1: unknown key 'foo' in a workload; expected one of: workload, runtime, objects, functions, main, "
     "world, params\n"
     "1:11: 'a-' is not a name: lower-case words joined by `-`\n"
     "3:7: expected a list of steps, found a mapping\n"},
    {"workload: t\nruntime:\n"
     "  gomaxprocs: 0\n"
     "  gogc: -5\n"
     "  async_preempt: maybe\n"
     "  memory_limit: 5MiB\n"
     "  gogcc: 4\n"
     "main:\n  - yield\n",
     "3:15: expected `auto` or a number from 1\n"
     "4:9: expected a number, found '-5'\n"
     "5:18: expected `on` or `off`, found 'maybe'\n"
     "6:17: this version does not have a memory limit: `none` is all it takes\n"
     "7:3: unknown key 'gogcc' in `runtime`; did you mean 'gogc'?\n"},
    {"workload: t\nruntime: {gomaxprocs: 2000, gogc: 200000, async_preempt: []}\nmain:\n  - yield\n",
     "2:23: at most 1024\n"
     "2:35: at most 100000\n"
     "2:58: expected a setting, found a list\n"},
    {"workload: t\nobjects:\n"
     "  a: cond\n"
     "  b: once\n"
     "  c: {ticker: 5ms}\n"
     "  d: mutx\n"
     "  e: channel\n"
     "  f: semaphore\n"
     "  g: {waitgroup: 4}\n"
     "  h: {channel: 0 - 1}\n"
     "  i: [mutex]\n"
     "  cpus: mutex\n"
     "  j: flock\n"
     "main:\n  - yield\n",
     "3:6: this version does not have 'cond'\n"
     "4:6: this version does not have 'once'\n"
     "5:7: this version does not have 'ticker'\n"
     "6:6: unknown object 'mutx'; did you mean 'mutex'?\n"
     "7:6: a channel needs a capacity: `{channel: 0}`\n"
     "8:6: a semaphore needs a size: `{semaphore: 4}`\n"
     "9:18: 'waitgroup' takes nothing\n"
     "11:6: expected an object such as `mutex` or `{channel: 0}`, found a list\n"
     "12:3: 'cpus' is the runtime's and cannot be bound\n"
     "13:6: unknown object 'flock'; expected one of: mutex, rwmutex, semaphore, waitgroup, channel, pool, "
     "var\n"
     "10:16: a size cannot be below 0\n"},
    {"workload: t\nobjects: {a: {channel: 0 - 1}, b: {semaphore: 5ms}, c: {mutex: n}}\nmain:\n  - yield\n",
     "2:24: a size cannot be below 0\n"
     "2:47: expected a number, found a duration\n"
     "2:64: unknown name 'n'\n"},
    {"workload: t\nfunctions:\n"
     "  f:\n"
     "    params: [a, a, procs, 5x]\n"
     "    dos: []\n"
     "  g: 5\n"
     "main:\n  - yield\n",
     "4:17: two parameters are called 'a'\n"
     "4:20: 'procs' is the runtime's and cannot be bound\n"
     "4:27: '5x' is not a name: letters, digits and `_`\n"
     "5:5: unknown key 'dos' in a function; did you mean 'do'?\n"
     "3:3: function 'f' needs `do`\n"
     "6:6: expected a function: `params`, `objects` and `do`, found text\n"},
    {"workload: t\nfunctions:\n  f:\n    objects: {p: pool}\n    do:\n      - yield\nmain:\n  - call: f\n",
     "4:15: a pool made anew at each call is always empty: declare it for all\n"},
};

START_TEST(wrong_files)
{
    check_wrong(&files[_i]);
}
END_TEST

#define MAIN "workload: t\nmain:\n"

/* The traps of YAML, and keys of steps. */
static const struct wrong steps[] = {
    {MAIN "  - lokc: mu\n", "3:5: unknown step 'lokc'; did you mean 'lock'?\n"},
    {MAIN "  - frobnicate: mu\n", "3:5: unknown step 'frobnicate'\n"},
    {MAIN "  - if: !miss\n    do:\n      - return\n", "3:9: `!` starts a tag: write `not miss`\n"},
    {MAIN "  - send: *jobs\n", "3:11: objects are named without `*`: write `jobs`\n"},
    {MAIN "  - {lock: mu[r.key]}\n", "3:14: brackets and commas need block style or quotes\n"},
    {MAIN "  - {release: sem, count: min(a, b)}\n", "3:27: brackets and commas need block style or quotes\n"},
    {MAIN "  - log: cache miss: 5\n", "3:10: a second `: ` makes this text a mapping: quote the text\n"},
    {MAIN "  - lock: mu\n    read: x\n",
     "4:5: two verbs in one step, 'lock' and 'read': is a `- ` missing before `read`?\n"},
    {MAIN "  - if: true\n  - do:\n      - yield\n",
     "3:5: 'if' needs `do`: if it is true\n4:5: `do` belongs to the step above: remove the dash\n"},
    {MAIN "  - defer:\n      do:\n        - yield\n", "4:7: `do` stands below `defer`, in the same column\n"},
    {MAIN "  - go: {do: []}\n", "3:9: `do` stands below `go`, in the same column\n"},
    {MAIN "  - forever\n  - forever:\n    do:\n      - yield\n",
     "3:5: unknown step 'forever': write `repeat: forever`\n"
     "4:5: unknown step 'forever': write `repeat: forever`\n"},
    {MAIN "  - size: 5\n", "3:5: `size` belongs to the step above: remove the dash\n"},
    {MAIN "  - cpu:5us\n", "3:5: a blank is missing after the colon: `cpu: 5us`\n"},
    {MAIN "  - lock: mu\n    lock: mu\n", "4:5: 'lock' is written twice in one mapping; is a `- ` missing "
                                          "before it?\n3:5: note: first written here\n"},
    {MAIN "  - lock\n  - yield: 5\n  - 5\n  - []\n  -\n",
     "3:5: 'lock' needs a mutex or an rwmutex\n"
     "4:12: 'yield' takes nothing: write `- yield`\n"
     "5:5: unknown step '5'\n"
     "6:5: expected a step such as `cpu: 5us`, found a list\n"
     "7:4: expected a step such as `cpu: 5us`, found nothing\n"},
    {MAIN "  - as: x\n    alloc: 5KiB\n", "4:5: write 'alloc' first\n"},
    {MAIN "  - {yield: null, lock: mu}\n",
     "3:19: two verbs in one step, 'yield' and 'lock': is a `- ` missing before `lock`?\n"},
    {MAIN "  - net: db\n    size: 5\n", "4:5: 'net' has no option 'size'; it takes items, ctx, as, else\n"
                                        "3:10: the world has no service 'db'\n"},
    {MAIN "  - reply: ok\n    sise: 5\n", "4:5: 'reply' has no option 'sise'; did you mean 'size'?\n"},
    {MAIN "  - sleep: 5ms\n    with: [a]\n", "4:5: 'sleep' has no option 'with'; it takes none\n"},
    {MAIN "  - repeat: 5\n  - let: x\n  - get: p\n  - range: c\n  - task: a\n  - put: p\n",
     "3:5: 'repeat' needs `do`: each time\n"
     "4:5: 'let' needs `be`: the value\n"
     "5:5: 'get' needs `size`: the size it must have\n"
     "5:5: 'get' needs `as`: the buffer\n"
     "6:5: 'range' needs `do`: each time\n"
     "7:5: 'task' needs `do`: in the task\n"
     "8:5: 'put' needs `value`: the buffer\n"
     "5:10: unknown name 'p'\n"
     "6:12: unknown name 'c'\n"
     "8:10: unknown name 'p'\n"},
    {MAIN "  - if: true\n    do:\n", "4:8: expected a list of steps, found nothing\n"},
    {MAIN
     "  - go:\n  - go: f\n    do:\n      - yield\n  - defer:\n  - defer: {yield: }\n    do:\n      - yield\n",
     "3:5: 'go' needs a function, or nothing and `do`\n"
     "4:5: 'go' takes a function, or nothing and `do`\n"
     "7:5: 'defer' needs a step, or nothing and `do`\n"
     "8:5: 'defer' takes a step, or nothing and `do`\n"},
    {"workload: t\nmain: [{yield: }, {sleep: 5ms}]\n",
     "2:19: a step needs a line of its own: reports name steps by their line\n"},
    {MAIN "  - {if: true, do: [return]}\n",
     "3:21: a step needs a line of its own: reports name steps by their line\n"},
    {MAIN "  - select:\n"
          "      - recv: c\n"
          "        sa: x\n"
          "      - afer: 5ms\n"
          "      - lock: c\n"
          "  - select: []\n",
     "5:9: 'recv' has no option 'sa'; did you mean 'as'?\n"
     "6:9: unknown case 'afer'; did you mean 'after'?\n"
     "7:9: unknown case 'lock'; expected one of: recv, send, done, after, default\n"
     "8:13: expected at least one case\n"},
    {MAIN
     "  - cpu: 1us\n    part: 1:4\n  - cpu: 1us\n    part: 5/4\n  - cpu: 1us\n    tight: yes\n"
     "  - alloc: 5KiB\n    pointers: 60\n  - reply: okay\n  - region: \"a\\tb\"\n    do:\n      - yield\n",
     "4:11: expected a part in figures, such as 1/4, found '1:4'\n"
     "6:11: expected a part in figures, such as 1/4, found '5/4'\n"
     "8:12: expected true or false, found 'yes'\n"
     "10:15: expected a chance such as `30%` or `3/10`, found '60'\n"
     "11:12: expected ok, refused, failed or more, found 'okay'\n"
     "12:13: this text must be one line, without tabs\n"},
    {MAIN "  - let: [a, c]\n    be: 5\n  - recv: c\n    as: [a, 5]\n  - send: c\n    value: {a: b}\n",
     "3:10: expected a name, found a list\n"
     "6:13: '5' is not a name: letters, digits and `_`\n"
     "8:12: expected a value or a list of values, found a mapping\n"},
    {MAIN "  - send: c\n    value: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]\n",
     "4:12: a list of 17 is too long: at most 16\n3:11: unknown name 'c'\n"},
    {MAIN "  - serve: a\n  - serve: {a: }\n  - serve: {}\n  - select: a\n",
     "3:12: expected a mapping of loads to functions, found text\n"
     "4:16: expected a function, found nothing\n"
     "5:12: expected at least one load\n"
     "6:13: expected a list of cases, found text\n"},
    {MAIN "  - sleep: 5 ms\n  - sleep: (5ms\n", "3:14: a unit stands right behind its number: `5ms`\n"
                                                "4:16: expected `)`, found the end\n"},
};

START_TEST(wrong_steps)
{
    check_wrong(&steps[_i]);
}
END_TEST

/* What the language has and this version has not. */
START_TEST(later_versions)
{
    static const struct wrong later = {MAIN "  - once: o\n"
                                            "    do:\n"
                                            "      - yield\n"
                                            "  - signal: c\n"
                                            "  - broadcast: c\n"
                                            "  - panic: help\n"
                                            "  - recover\n"
                                            "  - trace: start\n"
                                            "  - cpu_profile: start\n"
                                            "  - flight_recorder: dump\n"
                                            "    reason: slow\n"
                                            "  - exit: 0\n"
                                            "  - fatal: help\n"
                                            "  - context: c\n"
                                            "    timeout: 5ms\n"
                                            "  - acquire: o\n"
                                            "    ctx: c\n"
                                            "    else:\n"
                                            "      - yield\n",
                                       "3:5: this version does not have 'once'\n"
                                       "6:5: this version does not have 'signal'\n"
                                       "7:5: this version does not have 'broadcast'\n"
                                       "8:5: this version does not have 'panic'\n"
                                       "9:5: this version does not have 'recover'\n"
                                       "10:5: this version does not have 'trace'\n"
                                       "11:5: this version does not have 'cpu_profile'\n"
                                       "12:5: this version does not have 'flight_recorder'\n"
                                       "14:5: this version does not have 'exit'\n"
                                       "15:5: this version does not have 'fatal'\n"
                                       "17:5: this version does not have 'timeout' of 'context'\n"
                                       "19:5: this version does not have 'ctx' of 'acquire'\n"
                                       "20:5: this version does not have 'else' of 'acquire'\n"};

    check_wrong(&later);
}
END_TEST

/* Names, kinds, units. */
static const struct wrong meanings[] = {
    {MAIN "  - cpu: 5\n  - sleep: 5KiB\n  - alloc: 64KiB / 2B\n",
     "3:10: expected a duration, found a number; a unit is missing: `5us`, `5ms`?\n"
     "4:12: expected a duration, found a size\n"
     "5:12: expected a size, found a number\n"},
    {MAIN "  - alloc: 64KB\n", "3:14: unknown unit 'KB'; sizes are KiB, MiB, GiB\n"},
    {"workload: t\n"
     "objects: {mu: mutex, ch: {channel: 1}, arr: {mutex: 4}, v: var}\n"
     "main:\n"
     "  - lock: ch\n"
     "  - lock: mx\n"
     "  - lock: arr\n"
     "  - lock: mu[1]\n"
     "  - lock: 5\n"
     "  - rlock: mu\n"
     "  - send: mu\n"
     "  - wait: ch\n"
     "  - lock: arr[ch]\n"
     "  - read: mu\n"
     "  - read: nope\n"
     "  - unlock: arr[1]\n"
     "  - acquire: v\n"
     "    count: 5ms\n"
     "  - log: x\n"
     "    value: mu\n"
     "  - log: x\n"
     "    value: len(mu) + v\n",
     "4:11: 'lock' needs a mutex or an rwmutex, 'ch' is a channel\n"
     "5:11: unknown name 'mx'; did you mean 'mu'?\n"
     "6:11: 'arr' is an array: say which, such as `arr[0]`\n"
     "7:11: 'mu' is a mutex, not an array\n"
     "8:11: 'lock' needs the name of a mutex or an rwmutex\n"
     "9:12: 'rlock' needs an rwmutex, 'mu' is a mutex\n"
     "10:11: 'send' needs a channel, 'mu' is a mutex\n"
     "11:11: 'wait' needs a waitgroup, 'ch' is a channel\n"
     "12:15: an index is a number, found a reference\n"
     "13:11: 'read' needs a state, a var or a buffer, 'mu' is a mutex\n"
     "14:11: unknown name 'nope'\n"
     "16:14: 'acquire' needs a semaphore, 'v' is a var\n"
     "17:12: expected a number, found a duration\n"
     "19:12: a log shows numbers, durations, sizes, truths and ids\n"
     "21:16: len needs a channel, found a mutex\n"},
    {MAIN "  - break\n  - repeat: 3\n    do:\n      - defer:\n        do:\n          - continue\n",
     "3:5: 'break' outside a loop\n8:13: 'continue' outside a loop\n"},
    {MAIN "  - if: cpus > 2\n"
          "    do:\n"
          "      - let: x\n"
          "        be: 5\n"
          "    else:\n"
          "      - sleep: x * 1ms\n"
          "  - sleep: x * 1ms\n"
          "  - sleep: y\n"
          "  - let: y\n"
          "    be: 1ms\n"
          "  - repeat: 2\n"
          "    as: i\n"
          "    do:\n"
          "      - yield\n"
          "  - sleep: i * 1ms\n",
     "8:16: 'x' has no value here: no path to this step gives it one\n"
     "10:12: 'y' has no value here: no path to this step gives it one\n"
     "17:12: unknown name 'i'\n"},
    {MAIN "  - select:\n      - default:\n      - default:\n",
     "5:9: a select has one default\n4:9: note: the other is here\n"},
    {MAIN "  - cpu: render\n  - net: db\n  - syscall: disk\n  - serve: {api: handle}\n  - reply: ok\n",
     "3:10: the world has no work 'render'\n"
     "4:10: the world has no service 'db'\n"
     "5:14: the world has no disk 'disk'\n"
     "6:18: unknown function 'handle'\n"
     "6:13: the world has no load 'api'\n"
     "7:5: there is no request to answer: this workload has no world\n"},
    {MAIN "  - cpu: 5us\n    part: 1/4\n", "4:11: `part`: only a work of the world has parts\n"},
    {"workload: t\nobjects: {v: var}\nmain:\n"
     "  - read: v\n    shard: 5 % 2\n"
     "  - write: v\n    size: 5KiB\n"
     "  - alloc: 5KiB\n    as: b\n    keep: v\n"
     "  - go:\n    with: [5]\n    do:\n      - yield\n",
     "5:12: `shard`: only a table of the world has parts\n"
     "7:11: `size`: only a buffer has a size to be filled\n"
     "10:11: `keep`: what has a name is kept by the name: leave one of them out\n"
     "12:11: a closure copies the names in scope: it takes no `with`\n"},
    {"workload: t\n"
     "functions:\n"
     "  f:\n"
     "    params: [a, b]\n"
     "    do:\n"
     "      - yield\n"
     "  g:\n"
     "    do:\n"
     "      - yield\n"
     "main:\n"
     "  - call: f\n"
     "    with: [1]\n"
     "  - call: f\n"
     "  - go: g\n"
     "    with: [1, 2]\n"
     "  - call: ff\n"
     "  - call: handle\n",
     "12:11: 'f' takes [a, b]: 1 value given\n3:3: note: 'f' is here\n"
     "13:11: 'f' takes [a, b]: write `with: [a, b]`\n3:3: note: 'f' is here\n"
     "15:11: 'g' takes nothing: 2 values given\n7:3: note: 'g' is here\n"
     "16:11: unknown function 'ff'; did you mean 'f'?\n"
     "17:11: unknown function 'handle'\n"},
    /* kinds are handed on through calls, in any order of the functions */
    {"workload: t\n"
     "functions:\n"
     "  h:\n"
     "    params: [x]\n"
     "    do:\n"
     "      - lock: x\n"
     "      - let: y\n"
     "        be: x\n"
     "      - sleep: y\n"
     "  g:\n"
     "    params: [x]\n"
     "    do:\n"
     "      - call: h\n"
     "        with: [x * 2]\n"
     "main:\n"
     "  - call: g\n"
     "    with: [5]\n",
     "6:15: 'lock' needs a mutex or an rwmutex, 'x' is a number\n"
     "9:16: expected a duration, found a number\n"},
    {MAIN "  - let: ctx\n    be: 5\n  - log: x\n  - let: r\n    be: 5ms\n  - log: y\n    value: r.size\n",
     "5:5: 'log' uses the variable `ctx`, which is a number: say `ctx:`\n"
     "9:12: 'r' is a duration: only requests have attributes\n"
     "8:5: 'log' uses the variable `ctx`, which is a number: say `ctx:`\n"},
    {MAIN "  - lock: procs\n  - repeat: procs.x\n    do:\n      - log: x\n        value: cpus[1]\n",
     "3:11: 'lock' needs a mutex or an rwmutex, 'procs' is a number\n"
     "4:13: 'procs' is a number: only requests have attributes\n"
     "7:16: 'cpus' is a number, not an array\n"},
    {MAIN "  - let: x\n    be: 5 / 0\n  - let: y\n    be: 9223372036854775807 + 1\n",
     "4:9: division by zero\n6:9: the result is too large\n"},
};

START_TEST(wrong_meanings)
{
    check_wrong(&meanings[_i]);
}
END_TEST

#define WORLD                                                                                                \
    "workload: t\n"                                                                                          \
    "world:\n"                                                                                               \
    "  works: {render: 5us}\n"                                                                               \
    "  services: {db: {latency: 5ms}, bulk: {latency: 5ms, per_item: 2us}}\n"                                \
    "  disks: {log: {latency: 5ms}}\n"                                                                       \
    "  state: {prices: {key: key}, hits: {word: true}, index: {}}\n"                                         \
    "  loads:\n"                                                                                             \
    "    api: {rate: 5/s, requests: 5, each: {miss: 30%, key: zipf 50, n: 2..4}}\n"                          \
    "    report: {at: [5ms], each: {n: 1KiB}}\n"

static const struct wrong worlds[] = {
    {WORLD "functions:\n"
           "  api:\n"
           "    params: [ctx, r]\n"
           "    do:\n"
           "      - cpu: rendr\n"
           "      - net: db\n"
           "        items: 5\n"
           "      - net: bulk\n"
           "        items: r.n\n"
           "      - syscall: log\n"
           "        items: 5\n"
           "      - if: r.mis\n"
           "        do:\n"
           "          - cpu: render\n"
           "      - sleep: r.elapsed + r.n\n"
           "      - log: x\n"
           "        value: ctx.deadline\n"
           "      - reply: ok\n"
           "        size: r.n\n"
           "  report:\n"
           "    params: [ctx, r]\n"
           "    do:\n"
           "      - if: r.miss\n"
           "        do:\n"
           "          - return\n"
           "      - reply: ok\n"
           "        size: r.n\n"
           "  none:\n"
           "    do:\n"
           "      - yield\n"
           "main:\n"
           "  - serve: {api: api, report: report}\n"
           "  - serve: {apo: api, report: none}\n",
     "14:14: the world has no work 'rendr'; did you mean 'render'?\n"
     "16:16: `items`: a call has a cost per item only where the world says so\n"
     "20:16: `items`: a call has a cost per item only where the world says so\n"
     "21:13: requests have no attribute 'mis'; did you mean 'miss'?\n"
     "24:16: cannot add a duration and a number\n"
     "26:16: a context has no 'deadline': all it has is `done`\n"
     "28:15: expected a size, found a number\n"
     "32:13: requests of 'report' have no attribute 'miss'\n"
     "42:13: the world has no load 'apo'; did you mean 'api'?\n"
     "42:31: 'none' must take a context and a request: `params: [ctx, r]`\n37:3: note: 'none' is here\n"},
    {WORLD "objects: {index: var}\n"
           "functions:\n"
           "  api:\n"
           "    params: [ctx, r]\n"
           "    do:\n"
           "      - read: index\n"
           "      - read: prces\n"
           "      - read: prices\n"
           "        shard: r.key % 16\n"
           "      - write: prices\n"
           "        shard: r.key % 8\n"
           "      - write: prices\n"
           "        shard: r.n % 16\n"
           "      - write: prices\n"
           "        size: 5KiB\n"
           "      - write: hits\n"
           "        atomic: true\n"
           "      - write: prices\n"
           "        atomic: true\n"
           "      - write: hits\n"
           "        shard: r.key % 16\n"
           "main:\n"
           "  - serve: {api: api}\n",
     "15:15: warning: this 'index' is state of the world, not yours of that name\n"
     "16:15: the world has no state 'prces'; did you mean 'prices'?\n"
     "20:16: a table has one number of parts, here 8\n18:16: note: and here 16\n"
     "22:16: `shard`: 'prices' is split by its key: write `r.key % 16`\n"
     "24:15: `size`: only a buffer has a size to be filled\n"
     "28:17: `atomic`: only a single machine word can be used atomically\n"
     "30:16: `shard`: 'hits' has no key to split it by\n"},
};

/* A step that cannot be read hides no other mistake, and makes none of what it may have bound. */
static const struct wrong together[] = {
    {WORLD "objects: {mu: mutex, jobs: {channel: 5}, bad: mutx}\n"
           "functions:\n"
           "  api:\n"
           "    params: [ctx, r]\n"
           "    do:\n"
           "      - lokc: mu\n"
           "      - cpu: rendr\n"
           "      - net: bd\n"
           "      - lock: bad\n"
           "      - lock: um\n"
           "      - if: r.mis\n"
           "        do:\n"
           "          - syscall: lgo\n"
           "          - brake\n"
           "      - rang: jobs\n"
           "        as: [q, answer]\n"
           "        do:\n"
           "          - read: prics\n"
           "          - send: answer\n"
           "            value: q.miss\n"
           "          - break\n"
           "      - lte: buf\n"
           "        be: 5\n"
           "      - reply: ok\n"
           "        siz: 5KiB\n"
           "        from: buf\n"
           "      - call: hlper\n"
           "main:\n"
           "  - serve: {api: api}\n",
     "10:47: unknown object 'mutx'; did you mean 'mutex'?\n"
     "15:9: unknown step 'lokc'; did you mean 'lock'?\n"
     "23:13: unknown step 'brake'; did you mean 'break'?\n"
     "24:9: unknown step 'rang'; did you mean 'range'?\n"
     "31:9: unknown step 'lte'; did you mean 'let'?\n"
     "34:9: 'reply' has no option 'siz'; did you mean 'size'?\n"
     "16:14: the world has no work 'rendr'; did you mean 'render'?\n"
     "17:14: the world has no service 'bd'; did you mean 'db'?\n"
     "19:15: unknown name 'um'; did you mean 'mu'?\n"
     "20:13: requests have no attribute 'mis'; did you mean 'miss'?\n"
     "22:22: the world has no disk 'lgo'; did you mean 'log'?\n"
     "27:19: the world has no state 'prics'; did you mean 'prices'?\n"
     "36:15: unknown function 'hlper'\n"},
    /* no more than was wrong */
    {MAIN "  - laet: x\n    be: 5\n  - sleep: x\n  - tsk: a\n    do:\n      - sleep: ctx\n",
     "3:5: unknown step 'laet'; did you mean 'let'?\n6:5: unknown step 'tsk'; did you mean 'task'?\n"},
    {MAIN "  - repeat: 5 5\n    as: i\n    do:\n      - sleep: i * 1ms\n      - break\n"
          "  - if: true\n    do:\n      - let: y\n        be: 5ms\n    else:\n      - retrun\n  - sleep: y\n",
     "3:15: expected an operator, found '5'\n13:9: unknown step 'retrun'; did you mean 'return'?\n"},
    {MAIN "  - repeat: forever\n    do:\n      - brek\n  - yield\n",
     "5:9: unknown step 'brek'; did you mean 'break'?\n"},
    {"workload: t\n"
     "functions:\n"
     "  f:\n    parms: [a]\n    do:\n      - sleep: a\n"
     "  g:\n    params: [5x, b]\n    do:\n      - sleep: b\n"
     "  h: 5\n"
     "main:\n  - call: f\n    with: [5ms]\n  - call: g\n    with: [1, 5ms]\n  - call: h\n    with: [1]\n",
     "4:5: unknown key 'parms' in a function; did you mean 'params'?\n"
     "8:14: '5x' is not a name: letters, digits and `_`\n"
     "11:6: expected a function: `params`, `objects` and `do`, found text\n"},
    {MAIN "  - select:\n      - recv: c\n        sa: x\n        do:\n          - sleep: x\n      - dne: y\n"
          "        do:\n          - net: z\n  - go: f\n    in: 5 5\n  - go:\n    in: 5 5\n    do:\n"
          "      - cpu: q\n",
     "5:9: 'recv' has no option 'sa'; did you mean 'as'?\n"
     "8:9: unknown case 'dne'; did you mean 'done'?\n"
     "12:11: expected an operator, found '5'\n"
     "14:11: expected an operator, found '5'\n"
     "4:15: unknown name 'c'\n"
     "10:18: the world has no service 'z'\n"
     "16:14: the world has no work 'q'\n"},
};

/* Said once, and in no time at all. */
START_TEST(too_many_names)
{
    struct strbuf text = STRBUF_INIT;
    bool loaded;
    char *messages;

    strbuf_add(&text, MAIN);
    for (int i = 0; i < 20000; i++)
        strbuf_addf(&text, "  - let: x%d\n    be: %d\n", i, i);
    messages = messages_of(text.text, &loaded);
    ck_assert_str_eq(messages, "8003:10: too many names: a workload gives at most 4000\n");
    ck_assert(!loaded);
    free(messages);
    strbuf_release(&text);
}
END_TEST

START_TEST(mistakes_hide_no_others)
{
    check_wrong(&together[_i]);
}
END_TEST

START_TEST(wrong_worlds)
{
    check_wrong(&worlds[_i]);
}
END_TEST

/* Warnings do not stand in the way. */
static const struct wrong warnings[] = {
    {MAIN "  - log: miss #5\n", "3:15: warning: ` #` begins a comment and cuts this text: quote the text\n"},
    {MAIN "  - log: miss    # meant\n  - log: miss # meant too\n", ""},
    {MAIN "  - return\n  - yield\n  - yield\n", "4:5: warning: this step is never reached\n"},
    {MAIN "  - repeat: forever\n    do:\n      - yield\n  - yield\n",
     "6:5: warning: this step is never reached\n"},
    {"workload: t\nobjects: {x: mutex}\nmain:\n  - lock: x\n  - let: x\n    be: 5\n",
     "5:10: warning: 'x' hides the object of that name\n2:11: note: declared here\n"},
};

START_TEST(only_warnings)
{
    bool loaded;
    char *messages = messages_of(warnings[_i].text, &loaded);

    ck_assert_str_eq(messages, warnings[_i].messages);
    ck_assert(loaded);
    free(messages);
}
END_TEST

/* ---- the table of verbs */

static bool is_verb(const char *word)
{
    return verb_find(word, false) >= 0;
}

START_TEST(verbs_and_options_are_disjoint)
{
    for (int o = 0; o < OPTION_COUNT; o++)
        ck_assert_msg(!is_verb(option_words[o]) && verb_find(option_words[o], true) < 0, "%s",
                      option_words[o]);
}
END_TEST

START_TEST(words_are_unique_and_explained)
{
    size_t n;
    const struct option_def *defs = option_defs(&n);

    for (int v = 0; v < VERB_COUNT; v++) {
        ck_assert_int_eq(verb_find(verb_defs[v].word, verb_defs[v].is_case), v);
        ck_assert_uint_gt(strlen(verb_defs[v].help), 5);
    }
    for (size_t i = 0; i < n; i++) {
        ck_assert_ptr_eq(verb_option(defs[i].verb, defs[i].option), &defs[i]);
        ck_assert_uint_gt(strlen(defs[i].help), 3);
    }
    for (int o = 0; o < OPTION_COUNT; o++)
        ck_assert_int_eq(option_find(option_words[o]), o);
}
END_TEST

Suite *program_load_suite(void)
{
    Suite *suite = suite_create("program/load");
    TCase *tc = tcase_create("program_load");

    tcase_add_loop_test(tc, wrong_files, 0, ARRAY_LEN(files));
    tcase_add_loop_test(tc, wrong_steps, 0, ARRAY_LEN(steps));
    tcase_add_test(tc, later_versions);
    tcase_add_loop_test(tc, wrong_meanings, 0, ARRAY_LEN(meanings));
    tcase_add_loop_test(tc, wrong_worlds, 0, ARRAY_LEN(worlds));
    tcase_add_loop_test(tc, mistakes_hide_no_others, 0, ARRAY_LEN(together));
    tcase_add_test(tc, too_many_names);
    tcase_add_loop_test(tc, only_warnings, 0, ARRAY_LEN(warnings));
    tcase_add_test(tc, verbs_and_options_are_disjoint);
    tcase_add_test(tc, words_are_unique_and_explained);
    suite_add_tcase(suite, tc);
    return suite;
}
