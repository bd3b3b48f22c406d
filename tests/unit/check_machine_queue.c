/* The virtual machine's queue: entries come out by time and then by sequence, whatever was moved or taken
 * out. */
#include <check.h>

#include "base/rng.h"
#include "runtime/machine/queue.h"

Suite *machine_queue_suite(void);

#define MANY 200

static struct outside entries[MANY];

static bool precedes(const struct outside *a, const struct outside *b)
{
    return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static struct outside *least(void)
{
    struct outside *best = NULL;

    for (int i = 0; i < MANY; i++)
        if (entries[i].pos && (!best || precedes(&entries[i], best)))
            best = &entries[i];
    return best;
}

static void places_are_known(const struct queue *q)
{
    uint32_t n = 0;

    for (int i = 0; i < MANY; i++) {
        if (!entries[i].pos)
            continue;
        n++;
        ck_assert_ptr_eq(q->at[entries[i].pos].o, &entries[i]);
        ck_assert_int_eq((int64_t)(q->at[entries[i].pos].order >> 64), entries[i].when);
    }
    ck_assert_uint_eq(q->n, n);
}

START_TEST(the_first_is_always_the_least)
{
    struct queue q = {0};
    uint64_t seq = 0;

    ck_assert_ptr_null(queue_first(&q));
    for (uint64_t n = 0; n < 20000; n++) {
        uint64_t bits = rng_draw(1, 1, 1, n);
        struct outside *o = &entries[bits % MANY];
        bool remove = (bits >> 20) % 3 == 0;

        if (remove && o->pos) {
            queue_remove(&q, o);
            ck_assert_uint_eq(o->pos, 0);
        } else if (!remove) {
            o->when = (int64_t)((bits >> 32) % 64);
            o->seq = ++seq;
            if (o->pos)
                queue_moved(&q, o);
            else
                queue_add(&q, o);
        }
        ck_assert_ptr_eq(queue_first(&q), least());
        if (n % 100 == 0)
            places_are_known(&q);
    }
    for (struct outside *o; (o = queue_first(&q));) {
        ck_assert_ptr_eq(o, least());
        queue_remove(&q, o);
    }
    queue_release(&q);
}
END_TEST

Suite *machine_queue_suite(void)
{
    Suite *suite = suite_create("machine/queue");
    TCase *t = tcase_create("order");

    tcase_add_test(t, the_first_is_always_the_least);
    suite_add_tcase(suite, t);
    return suite;
}
