#include "tests/bench/detect.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "runtime/detect/detect.h"

#define OPS   3000000
#define LOCKS 16

struct crowd {
    struct rt rt;
    struct m m;
    struct g *gs;
    struct g **all;
    struct hb locks[LOCKS];
    struct shadow vars[LOCKS];
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct crowd *crowd_new(uint32_t n)
{
    struct crowd *c = xcalloc(1, sizeof *c);

    c->gs = xcalloc(n, sizeof *c->gs);
    c->all = xcalloc(n, sizeof *c->all);
    c->rt.detector = detect_new();
    c->rt.allg = c->all;
    c->rt.n_g = n;
    c->m.rt = &c->rt;
    for (uint32_t i = 0; i < n; i++) {
        c->all[i] = &c->gs[i];
        c->gs[i].id = i + 1;
        hb_birth(&c->rt, i ? &c->gs[0] : NULL, &c->gs[i]);
    }
    return c;
}

static void crowd_free(struct crowd *c)
{
    for (int i = 0; i < LOCKS; i++) {
        hb_reset(&c->rt, &c->locks[i]);
        shadow_reset(&c->rt, &c->vars[i]);
    }
    detect_free(&c->rt);
    free(c->gs);
    free(c->all);
    free(c);
}

/* A goroutine takes a lock, writes the variable that it guards, if it does, and lets go. */
static void guarded(struct crowd *c, uint32_t g, uint32_t lock, bool writes)
{
    c->m.g = &c->gs[g];
    hb_acquire(&c->rt, c->m.g, &c->locks[lock]);
    if (writes)
        detect_access(&c->m, &c->vars[lock], "x", ACCESS_WRITE, (struct site){0, 1});
    hb_release(&c->rt, c->m.g, &c->locks[lock]);
}

/* Any of n goroutines takes any of so many locks, over and over. */
static void measure(uint32_t n, uint32_t locks, bool writes)
{
    struct crowd *c = crowd_new(n);
    double start = seconds();

    for (uint32_t i = 0; i < OPS / 3; i++) {
        uint64_t bits = rng_draw(1, 1, n, i);

        guarded(c, (uint32_t)(bits >> 32) % n, (uint32_t)bits % locks, writes);
    }
    printf("detect,%u,%u-locks%s ops/s %.0f\n", n, locks, writes ? ",writing" : "",
           OPS / (seconds() - start));
    crowd_free(c);
}

void bench_detect(void)
{
    static const uint32_t crowds[] = {16, 256, 4000};

    for (size_t i = 0; i < ARRAY_LEN(crowds); i++) {
        measure(crowds[i], LOCKS, false);
        measure(crowds[i], 1, true);
        measure(crowds[i], LOCKS, true);
    }
}
