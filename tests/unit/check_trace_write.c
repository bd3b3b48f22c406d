/* The tracer, driven by hand: what it writes, word for word, and whether a reader accepts it. */
#include <check.h>
#include <string.h>

#include "tests/unit/trace_stage.h"
#include "tests/unit/trace_text.h"

Suite *trace_write_suite(void);

static void check_trace(const struct stage *s, const char *want)
{
    struct strbuf text = STRBUF_INIT;

    trace_text(&text, s->out.text, s->out.len);
    ck_assert_str_eq(text.text, want);
    strbuf_release(&text);
}

/* The events of thread m->id + 1 in one generation; m NULL: of no thread. */
static void check_events(const struct stage *s, uint64_t generation, const struct m *m,
                         const char *want)
{
    struct strbuf text = STRBUF_INIT;

    trace_text_of(&text, s->out.text, s->out.len, generation, m ? m->id + 1 : 0);
    ck_assert_str_eq(text.text, want);
    strbuf_release(&text);
}

START_TEST(one_generation)
{
    struct stage *s = stage_new();
    struct m *m = s->m;
    struct g *g = s->g;

    trace_start(&s->rt);
    stage_boot(s);
    stage_wait(s, 100);
    s->at[1].pc = 3;
    stage_born(&m[0], &g[2], (struct site){0, 10});
    stage_wait(s, 50);
    stage_hold(&m[1], &s->p[1]);
    stage_run(&m[1], &g[2]);
    stage_wait(s, 20);
    s->at[1].pc = 5;
    stage_park(&m[0], BLOCK_CHAN_RECEIVE, LEAF_CHAN_RECV);
    stage_let_go(&m[0]);
    stage_wait(s, 30);
    s->at[2].pc = 12;
    stage_ready(&m[1], &g[1], LEAF_CHAN_SEND);
    stage_exit(&m[1]);
    stage_run(&m[1], &g[1]);
    stage_wait(s, 10);
    trace_stop(&s->rt);
    stage_exit(&m[1]);
    check_trace(s, "x");
    stage_free(s);
}
END_TEST

Suite *trace_write_suite(void)
{
    Suite *s = suite_create("trace_write");
    TCase *c = tcase_create("wire");

    tcase_add_test(c, one_generation);
    suite_add_tcase(s, c);
    (void)check_events;
    return s;
}
