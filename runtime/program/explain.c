/* Why a name has no value: which branch did not go where it gets one. Told from the instructions, since
 * by now that is all there is: a branch is an instruction and the stretches of code that it chooses from. */
#include "base/mem.h"
#include "base/strbuf.h"
#include "runtime/program/run.h"

struct question {
    const struct program *p;
    uint32_t use, bind; /* instructions */
    uint32_t slot;
    struct strbuf *out;
};

static uint32_t line_of(const struct question *q, uint32_t pc)
{
    return q->p->places[pc].line;
}

static bool in(uint32_t pc, uint32_t from, uint32_t to)
{
    return pc >= from && pc < to;
}

/* ---- where the name is bound */

static bool lists(const struct question *q, uint32_t list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (q->p->names[list + i] == (int32_t)q->slot)
            return true;
    }
    return false;
}

/* The case of a select that binds the name, or -1. */
static int binding_case(const struct question *q, const struct ins *i)
{
    for (uint32_t k = 0; k < i->n; k++) {
        const struct case_code *c = &q->p->cases[i->list + k];

        if (c->how == CASE_RECV && lists(q, c->list, c->n))
            return (int)k;
    }
    return -1;
}

static bool binds(const struct question *q, const struct ins *i)
{
    switch (i->op) {
    case OP_CODE_AGAIN:
        return i->of == q->slot;
    case OP_CODE_RECV:
        return lists(q, i->list, i->n);
    case OP_CODE_SELECT:
        return binding_case(q, i) >= 0;
    default:
        return i->slot == (int32_t)q->slot;
    }
}

/* The last place above the use that binds it, else the first one below; false if there is none. */
static bool find_binding(struct question *q)
{
    uint32_t function = q->p->places[q->use].function;
    uint32_t pc = q->p->functions[function].entry;
    bool found = false;

    for (; pc < q->p->n_code && q->p->places[pc].function == function; pc++) {
        if (!binds(q, &q->p->code[pc]) || (found && pc > q->use))
            continue;
        q->bind = pc;
        found = true;
    }
    return found;
}

/* ---- what each kind of branch says */

static bool parts(const struct question *q, uint32_t from, uint32_t to)
{
    return in(q->bind, from, to) && !in(q->use, from, to);
}

/* Where the second stretch of a branch ends: its first one jumps over it. */
static uint32_t end_of_else(const struct question *q, uint32_t to)
{
    const struct ins *over = &q->p->code[to - 1];

    return over->op == OP_CODE_JUMP && over->to > to ? over->to : to;
}

static void say(const struct question *q, uint32_t pc, const char *what, const char *did)
{
    strbuf_reset(q->out);
    strbuf_addf(q->out, "the %s at :%u %s", what, (unsigned)line_of(q, pc), did);
}

static bool two_ways(const struct question *q, uint32_t pc, uint32_t to, const char *what,
                     const char *not_first, const char *not_second)
{
    if (parts(q, pc + 1, to)) {
        say(q, pc, what, not_first);
        return true;
    }
    if (!parts(q, to, end_of_else(q, to)))
        return false;
    say(q, pc, what, not_second);
    return true;
}

static const char *case_name(const struct case_code *c)
{
    static const char *const names[] = {[CASE_RECV] = "took its other `recv`",
                                        [CASE_SEND] = "took its `send`",
                                        [CASE_DONE] = "took `done`",
                                        [CASE_AFTER] = "took `after`",
                                        [CASE_DEFAULT] = "took `default`"};

    return names[c->how];
}

/* The select at pc did not take its case k. */
static void say_case(const struct question *q, uint32_t pc, uint32_t k)
{
    const struct ins *i = &q->p->code[pc];
    const char *did = "took another case";

    if (i->n == 1)
        did = "got no value";
    else if (i->n == 2)
        did = case_name(&q->p->cases[i->list + 1 - k]);
    say(q, pc, "select", did);
}

static bool say_select(const struct question *q, uint32_t pc)
{
    const struct ins *i = &q->p->code[pc];

    for (uint32_t k = 0; k < i->n; k++) {
        const struct case_code *c = &q->p->cases[i->list + k];
        uint32_t end = k + 1 < i->n ? c[1].to : end_of_else(q, c->to);

        if (end == c->to) /* the last case: up to its jump, which ends where the select does */
            end = q->p->code[c->to].op == OP_CODE_JUMP ? q->p->code[c->to].to : c->to + 1;
        if (!parts(q, c->to, end))
            continue;
        say_case(q, pc, k);
        return true;
    }
    return false;
}

/* Whether the branch at pc chose between where the name is bound and where it is used. */
static bool explains(const struct question *q, uint32_t pc)
{
    const struct ins *i = &q->p->code[pc];
    bool loops = i->flags & INS_LOOPS;

    switch (i->op) {
    case OP_CODE_UNLESS:
        return loops ? two_ways(q, pc, i->to, "while", "ran no round", "")
                     : two_ways(q, pc, i->to, "if", "was false", "was true");
    case OP_CODE_TRYLOCK:
        return two_ways(q, pc, i->to, "trylock", "failed", "succeeded");
    case OP_CODE_AGAIN:
        return two_ways(q, pc, i->to, "repeat", "ran no round", "");
    case OP_CODE_RECV:
        if (loops)
            return two_ways(q, pc, i->to, "range", "got nothing", "");
        return (i->flags & INS_ELSE) && two_ways(q, pc, i->to, "recv", "", "got something");
    case OP_CODE_NET:
    case OP_CODE_SYSCALL:
        return (i->flags & INS_ELSE) && two_ways(q, pc, i->to, "call", "", "did not fail");
    case OP_CODE_SELECT:
        return say_select(q, pc);
    case OP_CODE_DEFER:
        return two_ways(q, pc, i->to, "defer", "comes later", "");
    default:
        return false;
    }
}

/* How many branches lie between; with one, what it did is known. */
static uint32_t count_branches(const struct question *q)
{
    uint32_t function = q->p->places[q->use].function, n = 0;
    uint32_t pc = q->p->functions[function].entry;

    for (; pc < q->p->n_code && q->p->places[pc].function == function; pc++)
        n += explains(q, pc);
    return n;
}

static void explain_straight(struct question *q)
{
    const struct ins *i = &q->p->code[q->bind];
    uint32_t line = line_of(q, q->bind);

    if (i->op == OP_CODE_SELECT)
        say_case(q, q->bind, (uint32_t)binding_case(q, i));
    else if (i->op == OP_CODE_RECV)
        say(q, q->bind, i->flags & INS_LOOPS ? "range" : "recv", "got no value");
    else if (q->bind > q->use)
        strbuf_addf(q->out, "it is bound below, at :%u", (unsigned)line);
    else
        strbuf_addf(q->out, "the path to here did not come by :%u, which binds it", (unsigned)line);
}

char *explain_no_value(const struct program *p, uint32_t pc, uint32_t slot)
{
    struct strbuf out = STRBUF_INIT;
    struct question q = {.p = p, .use = pc, .slot = slot, .out = &out};

    if (!find_binding(&q)) {
        strbuf_add(&out, "it had none when this closure was started");
        return strbuf_take(&out);
    }
    switch (count_branches(&q)) {
    case 0:
        strbuf_reset(&out);
        explain_straight(&q);
        break;
    case 1:
        break;
    default:
        strbuf_reset(&out);
        strbuf_addf(&out, "it is bound at :%u, where this path did not come by",
                    (unsigned)line_of(&q, q.bind));
        break;
    }
    return strbuf_take(&out);
}
