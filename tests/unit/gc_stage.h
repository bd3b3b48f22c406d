/* gc_stage.h: small simulations on the virtual machine for tests of the collector, with native goroutines
 * that compute and allocate in turn, or a main that takes turns, and the events of the trace they leave.
 *
 *     struct gc_stage *s = gc_stage_new(4, 100, 16 * MiB);
 *     struct gc_allocator by[2] = {{.compute = 100 * US, .bytes = 64 * KiB}, {.compute = 10 * S}};
 *     gc_stage_allocate(s, by, 2, 300 * MS);
 *     ck_assert_int_gt(gc_stage_count(s, "GCMarkAssistBegin", 0), 0);
 *     gc_stage_free(s); */
#pragma once

#include "base/mem.h"
#include "base/strbuf.h"
#include "runtime/gc/gc.h"

#define KiB INT64_C(1024)
#define MiB (INT64_C(1) << 20)
#define US  INT64_C(1000)
#define MS  INT64_C(1000000)
#define S   INT64_C(1000000000)

/* A goroutine that computes, allocates, and so on. */
struct gc_allocator {
    int64_t compute; /* ns before each allocation */
    int64_t bytes;   /* 0: only computes */
    int64_t pointers;
    bool keeps;    /* what it allocates stays reachable */
    bool random;   /* up to `bytes`, half of them pointers; every other one stays for a round */
    int64_t drops; /* before its 100th allocation: so much of the resident data */
    int64_t until; /* ends then, 0: with the program */

    int64_t left; /* of the present computation */
    int64_t kept, kept_pointers;
    int64_t rounds;
    bool allocating;
};

/* An event of the trace. */
struct gc_line {
    int64_t at;
    size_t place; /* in the text of the trace */
    char event[24];
    int64_t n; /* the first argument, if it is a number */
};

struct gc_stage {
    struct rt *rt;
    struct machine *vm;
    struct strbuf trace, text;
    VEC(struct gc_line) lines; /* in the order of time */

    struct gc_allocator *by;
    uint32_t n;
    int64_t length;

    enum end (*turn)(struct m *m, struct g *g, int n);
    int turns;
    bool sleeping;
};

/* `resident`: bytes of data, all pointers, that are alive from the beginning. */
struct gc_stage *gc_stage_new(uint32_t procs, int32_t gogc, int64_t resident);
void gc_stage_free(struct gc_stage *s);

/* main starts the allocators and returns after `length` ns. */
void gc_stage_allocate(struct gc_stage *s, struct gc_allocator *by, uint32_t n, int64_t length);
/* main calls turn(m, g, 0), turn(m, g, 1) and so on, a millisecond apart, each until it says DONE; EXIT ends
 * the program. What they added to gc_stage_log must then be `want`. */
void gc_stage_play(struct gc_stage *s, enum end (*turn)(struct m *m, struct g *g, int n), const char *want);
extern struct strbuf gc_stage_log;
/* An allocator as a goroutine of its own. */
extern const struct g_kind gc_allocator_kind;

/* How many such events there are from `from` on. */
int gc_stage_count(const struct gc_stage *s, const char *event, int64_t from);
/* When such an event happened for the nth time, from 1; -1: it did not. */
int64_t gc_stage_nth(const struct gc_stage *s, const char *event, int nth);
/* The sum of all times between such events, from `from` on. */
int64_t gc_stage_total(const struct gc_stage *s, const char *begin, const char *end, int64_t from);
/* The event on a line of s->text; false: there is none. And the line behind it. */
bool gc_line_parse(const char *text, struct gc_line *l);
const char *gc_line_next(const char *text);
