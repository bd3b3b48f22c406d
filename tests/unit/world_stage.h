/* world_stage.h: a world and a program on the virtual machine, for tests of the world. The program
 * is scripts of deeds, one per load; main serves all loads that have one.
 *
 *     static const struct stage_deed handle[] = {DO(NET), DO(REPLY, REPLY_OK, 2048), {0}};
 *     struct world_stage *s = world_stage_new("world: ...", 1);
 *     s->handlers[0] = handle;
 *     world_stage_run(s);
 *     ck_assert_str_eq(world_stage_lines(s, "reply"), "...");
 *
 * After the run the ledger can be read; everything else of the simulation is gone. */
#pragma once

#include "base/strbuf.h"
#include "runtime/sched/sched.h"
#include "runtime/sync/sync.h"
#include "runtime/world/world.h"

enum deed_kind {
    RETURN,  /* of the script: the goroutine ends */
    CPU,     /* n/m of work `of` (n = 0: all of it) */
    NET,     /* n items from service `of`; logs "failed at NS" if it failed */
    NET_CTX, /* the same under the stage's context */
    SYSCALL, /* n items from disk `of` */
    READ,
    WRITE, /* state `of` */
    READ_PART,
    WRITE_PART,   /* of it, only the key's part */
    REPLY,        /* status `of`, n bytes of which m are own */
    REST,         /* sleeps n ns */
    START,        /* a goroutine with `script` */
    SEND_REQUEST, /* the request in hand, on channel `of` */
    RECV_REQUEST, /* takes it */
    SEND,
    RECV,   /* a token */
    CANCEL, /* the stage's context */
    NOTE,   /* logs "`text` at NS" */
    SERVE,  /* load `of`, or all that have a handler (STAGE_LOADS) */
};

struct stage_deed {
    enum deed_kind kind;
    uint32_t of;
    int64_t n, m;
    const struct stage_deed *script;
    const char *text;
};
#define DO(...)                                                                                              \
    {                                                                                                        \
        .kind = __VA_ARGS__                                                                                  \
    }

#define STAGE_LOADS    4
#define STAGE_CHANNELS 4

struct world_stage {
    const struct stage_deed *handlers[STAGE_LOADS]; /* by load */
    const struct stage_deed *main;                  /* NULL: serve what has a handler */
    uint32_t parts;                           /* state 0 is split into these; 0: it is not */

    struct rt *rt; /* during the run */
    struct server server;
    struct chan *channels[STAGE_CHANNELS];
    struct context *background, *ctx;
    struct strbuf log;    /* what NET and NOTE said, separated by "; " */
    struct strbuf ledger; /* its lines */
    enum run_end end;
    char end_text[512];
    int64_t time;

    struct source source;
    struct arena arena;
    struct diags diags;
    struct world_def *def;
    struct world *world;
    struct strbuf lines; /* last answer of world_stage_lines */
};

struct world_stage *world_stage_new(const char *yaml, uint64_t seed);
void world_stage_run(struct world_stage *s);
void world_stage_free(struct world_stage *s);

/* The ledger's lines with this keyword, without it, each ended by a newline. Valid until the
 * next call. */
const char *world_stage_lines(struct world_stage *s, const char *keyword);
/* Field number `field` of line number `line` of those, from 0. */
int64_t world_stage_number(struct world_stage *s, const char *keyword, size_t line, size_t field);
size_t world_stage_count(struct world_stage *s, const char *keyword);
