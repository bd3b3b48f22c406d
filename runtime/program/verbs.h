/* verbs.h: the words of the workload language, one table for whoever needs them.
 *
 * A step of a workload is one verb with its argument and options. The loader, the checker, suggestions
 * and documentation all read this table; a new verb is a row here, a case in the checker and the
 * compiler, and an instruction.
 *
 * Verbs and options are disjoint sets of words, so that a step's verb is recognised by itself (and a
 * JSON Schema can say what belongs to it); unit tests hold the table to that. A `case` is an alternative
 * of `select`. `later` marks what the language reserves and this version does not have. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What an argument or an option holds, and how a message asks for it. */
/* clang-format off */
#define ARGS(ARG) \
    ARG(NOTHING,   "nothing") \
    ARG(WORK,      "a work or a duration") \
    ARG(NUMBER,    "a number") \
    ARG(DURATION,  "a duration") \
    ARG(SIZE,      "a size") \
    ARG(TRUTH,     "a truth") \
    ARG(VALUE,     "a value") \
    ARG(VALUES,    "a value or a list of values") \
    ARG(TIMES,     "a number or `forever`") \
    ARG(PLACE,     "a state, a var or a buffer") \
    ARG(SERVICE,   "a service") \
    ARG(DISK,      "a disk") \
    ARG(STATUS,    "ok, refused, failed or more") \
    ARG(FUNCTION,  "a function") \
    ARG(START,     "a function, or nothing and `do`") \
    ARG(LOCK,      "a mutex or an rwmutex") \
    ARG(RWMUTEX,   "an rwmutex") \
    ARG(SEMAPHORE, "a semaphore") \
    ARG(WAITGROUP, "a waitgroup") \
    ARG(CHANNEL,   "a channel") \
    ARG(POOL,      "a pool") \
    ARG(VAR,       "a var") \
    ARG(CONTEXT,   "a context") \
    ARG(REGION,    "a region") \
    ARG(BUFFER,    "a buffer") \
    ARG(REQUEST,   "a request") \
    ARG(NAME,      "a name") \
    ARG(NAMES,     "a name or a list of names") \
    ARG(PART,      "a part such as 1/4") \
    ARG(PERCENT,   "a percentage such as 60%") \
    ARG(FLAG,      "true or false") \
    ARG(TEXT,      "a text") \
    ARG(STEPS,     "a list of steps") \
    ARG(CASES,     "a list of cases") \
    ARG(STEP,      "a step, or nothing and `do`") \
    ARG(LOADS,     "a mapping of loads to functions")

#define OPTION_WORDS(WORD) \
    WORD(AS, "as")           WORD(ATOMIC, "atomic")       WORD(BE, "be")         WORD(COUNT, "count") \
    WORD(CTX, "ctx")         WORD(DO, "do")               WORD(ELSE, "else")     WORD(FROM, "from") \
    WORD(IN, "in")           WORD(ITEMS, "items")         WORD(KEEP, "keep")     WORD(MESSAGE, "message") \
    WORD(PARENT, "parent")   WORD(PART, "part")           WORD(POINTERS, "pointers") WORD(SHARD, "shard") \
    WORD(SIZE, "size")       WORD(TIGHT, "tight")         WORD(TIMEOUT, "timeout") WORD(TO, "to") \
    WORD(VALUE, "value")     WORD(WITH, "with")           WORD(MIN_AGE, "min_age") \
    WORD(MAX_BYTES, "max_bytes") WORD(REASON, "reason")

/*  VERB(symbol, word, argument, what it does)       NEEDS(verb, option, argument, what it says)
 *  CASE(symbol, word, argument, what it does)       MAY(verb, option, argument, what it says)
 *  LATER(symbol, word, what it will do)             LATER_OPTION(verb, option, what it will say) */
#define VERBS(VERB, CASE, LATER, NEEDS, MAY, LATER_OPTION) \
    VERB(CPU, "cpu", WORK, "uses the CPU: a work of the world, or time that counts for nothing") \
        MAY(CPU, PART, PART, "only this part of the work") \
        MAY(CPU, TIGHT, FLAG, "a loop without calls, which only asynchronous preemption stops") \
    VERB(ALLOC, "alloc", SIZE, "allocates memory; garbage at once unless something holds it") \
        MAY(ALLOC, COUNT, NUMBER, "so many pieces of that size") \
        MAY(ALLOC, AS, NAME, "a buffer: it lives while a name, message, pool or object holds it") \
        MAY(ALLOC, KEEP, VAR, "it lives as long as this var") \
        MAY(ALLOC, POINTERS, PERCENT, "the part that the collector must scan, default none") \
    VERB(READ, "read", PLACE, "reads shared data") \
        MAY(READ, SHARD, NUMBER, "which part of a table that is kept in parts: `r.KEY % PARTS`") \
        MAY(READ, ATOMIC, FLAG, "as an atomic operation") \
    VERB(WRITE, "write", PLACE, "writes shared data; fills a buffer with this request's output") \
        MAY(WRITE, SHARD, NUMBER, "which part of a table that is kept in parts: `r.KEY % PARTS`") \
        MAY(WRITE, ATOMIC, FLAG, "as an atomic operation") \
        MAY(WRITE, SIZE, SIZE, "so much of the buffer, default all") \
    VERB(SLEEP, "sleep", DURATION, "sleeps: time.Sleep") \
    VERB(YIELD, "yield", NOTHING, "lets others run: runtime.Gosched") \
    VERB(NET, "net", SERVICE, "calls a service and waits for the answer in the poller") \
        MAY(NET, ITEMS, NUMBER, "so many items in one call, where the service has a cost per item") \
        MAY(NET, CTX, CONTEXT, "the call ends when this ends") \
        MAY(NET, AS, NAME, "whether the call succeeded") \
        MAY(NET, ELSE, STEPS, "if it failed or its context ended") \
    VERB(SYSCALL, "syscall", DISK, "a blocking system call") \
        MAY(SYSCALL, ITEMS, NUMBER, "so many items in one call") \
        MAY(SYSCALL, ELSE, STEPS, "if it failed") \
    VERB(REPLY, "reply", STATUS, "answers the request in hand; `more` sends a piece of the answer") \
        MAY(REPLY, SIZE, SIZE, "so many bytes") \
        MAY(REPLY, FROM, BUFFER, "they are in this buffer") \
        MAY(REPLY, TO, REQUEST, "answers this request instead") \
    VERB(GO, "go", START, "starts a goroutine") \
        MAY(GO, WITH, VALUES, "the function's arguments") \
        MAY(GO, IN, WAITGROUP, "adds one now and is done when it returns: WaitGroup.Go") \
        MAY(GO, DO, STEPS, "a closure, which copies the names in scope") \
    VERB(CALL, "call", FUNCTION, "calls a function") \
        MAY(CALL, WITH, VALUES, "its arguments") \
    VERB(LOCK, "lock", LOCK, "locks a mutex, or an rwmutex for writing") \
    VERB(UNLOCK, "unlock", LOCK, "unlocks it; unlocking what is not locked is fatal") \
    VERB(RLOCK, "rlock", RWMUTEX, "locks an rwmutex for reading") \
    VERB(RUNLOCK, "runlock", RWMUTEX, "gives a read lock back") \
    VERB(TRYLOCK, "trylock", LOCK, "locks it if that takes no waiting") \
        MAY(TRYLOCK, DO, STEPS, "with the lock held, which stays held") \
        MAY(TRYLOCK, ELSE, STEPS, "if somebody else has it") \
    VERB(ACQUIRE, "acquire", SEMAPHORE, "takes from a semaphore, first come first served") \
        MAY(ACQUIRE, COUNT, NUMBER, "how many, default 1") \
        LATER_OPTION(ACQUIRE, CTX, "gives up when this ends") \
        LATER_OPTION(ACQUIRE, ELSE, "if it gave up") \
    VERB(RELEASE, "release", SEMAPHORE, "gives back to a semaphore") \
        MAY(RELEASE, COUNT, NUMBER, "how many, default 1") \
    VERB(ADD, "add", WAITGROUP, "adds to a waitgroup") \
        MAY(ADD, COUNT, NUMBER, "how many, default 1") \
    VERB(DONE, "done", WAITGROUP, "one of the waitgroup is done") \
    VERB(WAIT, "wait", WAITGROUP, "waits until all of the waitgroup are done") \
    VERB(GET, "get", POOL, "takes a buffer from a pool, or allocates one if there is none that large") \
        NEEDS(GET, SIZE, SIZE, "the size it must have") \
        NEEDS(GET, AS, NAME, "the buffer") \
    VERB(PUT, "put", POOL, "gives a buffer to a pool; any later use of it is misuse") \
        NEEDS(PUT, VALUE, BUFFER, "the buffer") \
    VERB(SEND, "send", CHANNEL, "sends on a channel") \
        MAY(SEND, VALUE, VALUES, "what, default a token without a value") \
    VERB(RECV, "recv", CHANNEL, "receives; what holds a request is taken in hand") \
        MAY(RECV, AS, NAMES, "what came") \
        MAY(RECV, ELSE, STEPS, "if the channel is closed and empty") \
    VERB(RANGE, "range", CHANNEL, "receives until the channel is closed and empty") \
        MAY(RANGE, AS, NAMES, "what came") \
        NEEDS(RANGE, DO, STEPS, "each time") \
    VERB(CLOSE, "close", CHANNEL, "closes a channel") \
    VERB(SELECT, "select", CASES, "goes on with one case that can proceed") \
    CASE(CASE_RECV, "recv", CHANNEL, "receives from a channel") \
        MAY(CASE_RECV, AS, NAMES, "what came") \
        MAY(CASE_RECV, DO, STEPS, "what to do then") \
    CASE(CASE_SEND, "send", CHANNEL, "sends on a channel") \
        MAY(CASE_SEND, VALUE, VALUES, "what, default a token without a value") \
        MAY(CASE_SEND, DO, STEPS, "what to do then") \
    CASE(CASE_DONE, "done", CONTEXT, "the context has ended") \
        MAY(CASE_DONE, DO, STEPS, "what to do then") \
    CASE(CASE_AFTER, "after", DURATION, "so much time has passed") \
        MAY(CASE_AFTER, DO, STEPS, "what to do then") \
    CASE(CASE_DEFAULT, "default", NOTHING, "no other case can proceed at once") \
        MAY(CASE_DEFAULT, DO, STEPS, "what to do then") \
    VERB(CONTEXT, "context", NAME, "derives a context that can be cancelled") \
        MAY(CONTEXT, PARENT, CONTEXT, "from this, default from `ctx`") \
        MAY(CONTEXT, DO, STEPS, "it is cancelled when these end") \
        LATER_OPTION(CONTEXT, TIMEOUT, "it ends by itself after this time") \
    VERB(CANCEL, "cancel", CONTEXT, "cancels a context and all that derive from it") \
    VERB(IF, "if", TRUTH, "one of two lists of steps") \
        NEEDS(IF, DO, STEPS, "if it is true") \
        MAY(IF, ELSE, STEPS, "if not") \
    VERB(REPEAT, "repeat", TIMES, "a number of times, worked out once, or `forever`") \
        MAY(REPEAT, AS, NAME, "counts from 0") \
        NEEDS(REPEAT, DO, STEPS, "each time") \
    VERB(WHILE, "while", TRUTH, "as long as it is true") \
        NEEDS(WHILE, DO, STEPS, "each time") \
    VERB(LET, "let", NAME, "gives a value a name") \
        NEEDS(LET, BE, VALUE, "the value") \
    VERB(DEFER, "defer", STEP, "at return or panic, last in first out") \
        MAY(DEFER, DO, STEPS, "several steps") \
    VERB(RETURN, "return", NOTHING, "leaves the function") \
    VERB(BREAK, "break", NOTHING, "leaves the loop") \
    VERB(CONTINUE, "continue", NOTHING, "begins the loop's next round") \
    VERB(TASK, "task", TEXT, "a task that ends with its steps") \
        MAY(TASK, AS, NAME, "the derived context, default `ctx`") \
        MAY(TASK, CTX, CONTEXT, "derives from this") \
        NEEDS(TASK, DO, STEPS, "in the task") \
    VERB(START_TASK, "start_task", TEXT, "begins a task") \
        MAY(START_TASK, AS, NAME, "the derived context, default `ctx`; `_` throws it away") \
        MAY(START_TASK, CTX, CONTEXT, "derives from this") \
    VERB(END_TASK, "end_task", CONTEXT, "ends the task of a context") \
    VERB(REGION, "region", TEXT, "a region that ends with its steps") \
        MAY(REGION, CTX, CONTEXT, "whose task it belongs to") \
        NEEDS(REGION, DO, STEPS, "in the region") \
    VERB(START_REGION, "start_region", TEXT, "begins a region") \
        MAY(START_REGION, AS, NAME, "the region, for `end_region`") \
        MAY(START_REGION, CTX, CONTEXT, "whose task it belongs to") \
    VERB(END_REGION, "end_region", REGION, "ends a region") \
    VERB(LOG, "log", TEXT, "a log record of this category") \
        MAY(LOG, CTX, CONTEXT, "whose task it belongs to") \
        MAY(LOG, MESSAGE, TEXT, "its text") \
        MAY(LOG, VALUE, VALUE, "a value, after the text") \
    VERB(SERVE, "serve", LOADS, "serves loads, a goroutine for each request, until all are answered") \
    LATER(SIGNAL, "signal", "wakes one goroutine that waits for a cond") \
    LATER(BROADCAST, "broadcast", "wakes all goroutines that wait for a cond") \
    LATER(ONCE, "once", "runs its steps the first time only") \
    LATER(PANIC, "panic", "begins a panic") \
    LATER(RECOVER, "recover", "stops a panic") \
    LATER(TRACE, "trace", "starts or stops the program's own trace") \
    LATER(CPU_PROFILE, "cpu_profile", "starts or stops a CPU profile") \
    LATER(FLIGHT_RECORDER, "flight_recorder", "configures or dumps the flight recorder") \
    LATER(EXIT, "exit", "ends the process at once") \
    LATER(FATAL, "fatal", "ends the process with a message")

/* OBJECT(kind, word, argument, needed, what it is): argument `count` makes an array, others as said. */
#define OBJECTS(OBJECT, LATER) \
    OBJECT(MUTEX,     "mutex",     COUNT,    "sync.Mutex; `{mutex: 16}` is an array of them") \
    OBJECT(RWMUTEX,   "rwmutex",   COUNT,    "sync.RWMutex; `{rwmutex: 16}` is an array of them") \
    OBJECT(SEMAPHORE, "semaphore", SIZE,     "a weighted semaphore of this size") \
    OBJECT(WAITGROUP, "waitgroup", NOTHING,  "sync.WaitGroup") \
    OBJECT(CHANNEL,   "channel",   CAPACITY, "a channel of this capacity; 0 is unbuffered") \
    OBJECT(POOL,      "pool",      NOTHING,  "sync.Pool, of buffers") \
    OBJECT(VAR,       "var",       NOTHING,  "a shared word of the program's own") \
    LATER("cond", "sync.Cond") \
    LATER("once", "sync.Once") \
    LATER("ticker", "time.Ticker")
/* clang-format on */

enum arg {
#define ARG(sym, name) ARG_##sym,
    ARGS(ARG) ARG_KINDS
#undef ARG
};

enum option {
#define WORD(sym, word) OPT_##sym,
    OPTION_WORDS(WORD) OPTION_COUNT
#undef WORD
};

#define VERB_NOTHING(...)
#define VERB_ENUM(sym, ...) VERB_##sym,
enum verb { VERBS(VERB_ENUM, VERB_ENUM, VERB_ENUM, VERB_NOTHING, VERB_NOTHING, VERB_NOTHING) VERB_COUNT };
#undef VERB_ENUM

struct option_def {
    enum verb verb;
    enum option option;
    enum arg arg;
    bool needed, later;
    const char *help;
};

struct verb_def {
    const char *word;
    enum arg arg;
    bool is_case, later;
    const char *help;
};

extern const struct verb_def verb_defs[VERB_COUNT];
extern const char *const option_words[OPTION_COUNT];
extern const char *const arg_names[ARG_KINDS];

/* All options of all verbs, each verb's together; *n of them. */
const struct option_def *option_defs(size_t *n);

/* The verb or case of this word, or -1. */
int verb_find(const char *word, bool is_case);
/* The option of this word, whichever verb it is for, or -1. */
int option_find(const char *word);
/* What `option` is for `verb`; NULL if it is not for it. */
const struct option_def *verb_option(enum verb verb, enum option option);

/* Words for suggestions: fills `out` and returns how many there are. */
size_t verb_words(const char *out[VERB_COUNT], bool is_case);
size_t verb_option_words(enum verb verb, const char *out[OPTION_COUNT]);
