/* ledger.h: the lines of the ledger, the runtime's own account inside a trace.
 *
 * A page is a string of the string table that no event uses: LEDGER_MAGIC, the page's number (from 0,
 * counting through the whole trace), a newline, then lines that end in a newline. No name in a workload
 * can hold a control character, so no workload can make a page. A line is a keyword and fields, separated
 * by single spaces; times are trace nanoseconds, `G` a goroutine's id, `L N` load and index of a request,
 * SITE is "function file:line" and, being the last field or fields of its line, may hold spaces; `-` is
 * "none". An amount of work is a number of whole pieces, or "PIECES+R" where R counts 1/LEDGER_UNIT of a
 * piece, so that the parts of one piece add up.
 *
 * The trace alone is the evidence: whatever a verdict needs and Go's events do not say is here. A file
 * handed in proves nothing, since anyone can write pages; the grader runs the workload itself. */
#pragma once

#define LEDGER_MAGIC "\x01tracelab ledger 3 "
#define LEDGER_UNIT 232792560 /* least common multiple of 1..20: 1/n of a unit is exact for small n */

/* clang-format off */
/*   keyword     symbol     fields */
#define LEDGER_LINES(LINE) \
    /* what ran: once, at the start */ \
    LINE("run",      RUN,      "RUNTIME COSTS FORMAT")          /* versions, numbers */ \
    LINE("digest",   DIGEST,   "WHAT HEX")                      /* workload, scenario */ \
    LINE("seed",     SEED,     "SEED SCHEDULE MODE")            /* faithful or adversarial */ \
    LINE("machine",  MACHINE,  "CPUS GOMAXPROCS GOGC") \
    LINE("param",    PARAM,    "NAME VALUE")                    /* the value as one writes it: 400, 5ms, 64MiB */ \
    LINE("load",     LOAD,     "L NAME REQUESTS")               /* so many come in all, whether or not the run lives to see them */ \
    LINE("attr",     ATTR,     "L INDEX NAME TYPE")             /* truth number size duration id */ \
    LINE("item",     ITEM,     "I KIND NAME")                   /* a work item; kind: LEDGER_ITEMS */ \
    LINE("warmup",   WARMUP,   "NS") \
    /* requests */ \
    LINE("request",  REQUEST,  "L N ARRIVED STARTED G ATTR...") /* its handler's start; - - if never; attributes as exact integers (truth 0 or 1, ns, bytes), ids in hex */ \
    LINE("reply",    REPLY,    "L N T G STATUS BYTES OWN CPU NET [FIRST]") /* ok refused failed, or given-up by the client (G is -); bytes in all, of which own; CPU and network ns due before it; when the first of several pieces left */ \
    LINE("work",     WORK,     "L N I BEFORE TOTAL FIRST LAST AFTER") /* amounts; BEFORE: firmly before the reply, and before each piece of it in proportion to its bytes; first start and last end; AFTER: bit set (hex, bit I) of items all of which happened before all of this one */ \
    LINE("nobody",   NOBODY,   "I AMOUNT SITE")                 /* work done with no request in hand */ \
    LINE("took",     TOOK,     "G L N T FROM SENT")             /* took a request in hand other than by birth: when, who sent it, when */ \
    /* locks */ \
    LINE("object",   OBJECT,   "O NAME") \
    LINE("wait",     WAIT,     "G T O HOLDER")                  /* began to wait for a declared lock; holder's G or - */ \
    /* what must not happen */ \
    LINE("race",     RACE,     "COUNT VAR T KIND G SITE | KIND G SITE") /* the later access first */ \
    LINE("held",     HELD,     "VAR O SITE")                    /* locks held at the earlier access of the race before */ \
    LINE("misuse",   MISUSE,   "KIND T G SITE | DEED G SITE")   /* kind: words joined by -; then what was done before to make it one, or - */ \
    LINE("panic",    PANIC,    "T G TEXT | SITE") \
    LINE("leaked",   LEAKED,   "G REASON SITE") \
    LINE("stuck",    STUCK,    "G REASON SITE")                 /* part of a deadlock */ \
    /* totals */ \
    LINE("peak",     PEAK,     "WHAT NAME VALUE")               /* heap -, goroutines -, in-flight SERVICE */ \
    LINE("total",    TOTAL,    "WHAT VALUE")                    /* gc-cycles, steps, events ... */ \
    LINE("budget",   BUDGET,   "WHAT")                          /* the program had more of it than it may, and was stopped */ \
    LINE("end",      END,      "HOW T")                         /* how: LEDGER_ENDS; the last line */

/*   kind            symbol         what it counts */
#define LEDGER_ITEMS(ITEM) \
    ITEM("cpu",           CPU,           "pieces of") \
    ITEM("net",           NET,           "calls to") \
    ITEM("net-items",     NET_ITEMS,     "items from") \
    ITEM("syscall",       SYSCALL,       "calls to") \
    ITEM("syscall-items", SYSCALL_ITEMS, "items to") \
    ITEM("read",          READ,          "reads of") \
    ITEM("write",         WRITE,         "writes of")

#define LEDGER_ENDS(HOW) \
    HOW("returned", RETURNED) /* main did */ \
    HOW("deadlock", DEADLOCK) /* all goroutines asleep, or none left */ \
    HOW("panic",    PANIC)    /* nobody recovered it */ \
    HOW("fatal",    FATAL)    /* what Go calls a fatal error: nobody could */ \
    HOW("budget",   BUDGET)   /* too many steps or goroutines, too much virtual time, memory or trace */
/* clang-format on */

enum ledger_line {
#define LINE(keyword, sym, fields) LEDGER_##sym,
    LEDGER_LINES(LINE)
#undef LINE
    LEDGER_LINE_COUNT
};

extern const char *const ledger_keywords[LEDGER_LINE_COUNT];

/* Work of the world's that is done for requests. */
enum item_kind {
#define ITEM(kind, sym, counts) ITEM_##sym,
    LEDGER_ITEMS(ITEM)
#undef ITEM
    ITEM_KIND_COUNT /* none of these */
};

extern const char *const item_kind_names[ITEM_KIND_COUNT];
extern const char *const item_kind_counts[ITEM_KIND_COUNT]; /* "calls to" */
/* ITEM_KIND_COUNT if there is no such kind. */
enum item_kind item_kind_named(const char *name);

enum run_end {
    END_NONE, /* not yet, or not told */
#define HOW(name, sym) END_##sym,
    LEDGER_ENDS(HOW)
#undef HOW
    END_COUNT
};

extern const char *const run_end_names[END_COUNT];
/* END_NONE if no run ends like that. */
enum run_end run_end_named(const char *name);
