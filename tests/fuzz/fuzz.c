/* A mutation fuzz of everything that reads files: workloads and scenarios as YAML, traces as bytes. Built with
 * sanitizers; it fails by crashing. Seeds are the labs of the tree and traces made from them.
 *
 *     fuzz [ROUNDS [SEED]]     the same seed does the same */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "grader/analysis/split.h"
#include "lab/schedule.h"

static uint64_t seed = 1;
static uint64_t drawn;

static uint64_t pick(uint64_t n)
{
    return rng_draw(seed, 0, 0, drawn++) % n;
}

/* A few bytes changed, cut out, doubled or taken from elsewhere in the same file. */
static size_t mutate(uint8_t *to, const uint8_t *from, size_t n)
{
    memcpy(to, from, n);
    for (uint64_t i = 1 + pick(6); i > 0 && n > 8; i--) {
        size_t at = pick(n);
        size_t len = 1 + pick(n - at < 64 ? n - at : 64);

        switch (pick(5)) {
        case 0:
            to[at] = (uint8_t)pick(256);
            break;
        case 1:
            to[at] ^= (uint8_t)(1u << pick(8));
            break;
        case 2:
            memmove(to + at, to + at + len, n - at - len);
            n -= len;
            break;
        case 3:
            memmove(to + pick(n - len + 1), to + at, len);
            break;
        default:
            n = at + 1;
            break;
        }
    }
    return n;
}

static void try_workload(const struct lab *lab, const uint8_t *bytes, size_t n)
{
    struct diags d = DIAGS_INIT;
    struct source src;
    char *text = xmalloc(n + 1);
    struct strbuf out = STRBUF_INIT;

    memcpy(text, bytes, n);
    text[n] = '\0';
    source_init(&src, "workload.yaml", text, n);
    struct program *p = program_load(&src, lab->world, &d);

    diags_format(&d, &out, false);
    if (!p && d.errors == 0)
        abort(); /* refused without a word */
    if (p)
        program_free(p);
    strbuf_release(&out);
    diags_release(&d);
    source_release(&src);
    free(text);
}

static void try_scenario(const uint8_t *bytes, size_t n)
{
    struct diags d = DIAGS_INIT;
    struct arena arena = {0};
    struct source src;
    char *text = xmalloc(n + 1);
    struct strbuf out = STRBUF_INIT;

    memcpy(text, bytes, n);
    text[n] = '\0';
    source_init(&src, "scenario.yaml", text, n);
    const struct yaml_node *root = yaml_parse(&arena, &src, &d);
    struct world_def *w = root ? world_load(yaml_get(root, "params"), yaml_get(root, "world"), &d) : NULL;
    struct rubric *r = root ? rubric_load(root, &d) : NULL;

    diags_format(&d, &out, false);
    if (w)
        world_def_free(w);
    if (r)
        rubric_free(r);
    strbuf_release(&out);
    diags_release(&d);
    source_release(&src);
    arena_release(&arena);
    free(text);
}

static void ignore_piece(void *context, const struct piece *p)
{
    (void)p;
    ++*(uint64_t *)context;
}

static void try_trace(const uint8_t *bytes, size_t n)
{
    struct trace_error error;
    struct bytes trace = {(uint8_t *)(uintptr_t)bytes, n, n};
    struct analysis *a = schedule_analyse(&trace, &error);
    uint64_t pieces = 0;

    for (uint32_t l = 0; a && l < a->facts.loads.len; l++)
        for (uint32_t i = 0; i < a->facts.loads.data[l].requests.len && i < 50; i++)
            split_request(a, l, i, ignore_piece, &pieces);
    analysis_free(a);
}

static void fuzz_lab(const struct home *home, const char *name, uint64_t rounds)
{
    struct diags d = DIAGS_INIT;
    struct lab lab;
    struct workload w;
    struct bytes trace = {0};
    struct simulated end;

    if (!lab_open(&lab, home, name, &d) ||
        !workload_open(&w, &lab, home_path(home, "solutions", name, "workload.yaml", NULL), &d) ||
        !schedule_run(&lab, w.program, (struct schedule){.seed = 1}, &trace, &end, &d)) {
        diags_print(&d, stderr, false);
        exit(1);
    }
    size_t most = trace.len > 65536 ? trace.len : 65536;
    uint8_t *to = xmalloc(most + 1);

    for (uint64_t i = 0; i < rounds; i++) {
        size_t part = trace.len < 40000 ? trace.len : 20000 + pick(20000);

        try_workload(&lab, to, mutate(to, (const uint8_t *)w.file.text, w.file.len));
        try_scenario(to, mutate(to, (const uint8_t *)lab.scenario.text, lab.scenario.len));
        if (i % 8 == 0)
            try_trace(to, mutate(to, trace.data, i % 64 ? part : trace.len));
    }
    free(to);
    bytes_release(&trace);
    workload_close(&w);
    lab_close(&lab);
    diags_release(&d);
}

int main(int argc, char **argv)
{
    uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 400;
    struct strbuf err = STRBUF_INIT;
    struct home home;
    struct lab_names labs;

    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (!home_find(&home, &err)) {
        fprintf(stderr, "fuzz: %s\n", err.text);
        return 3;
    }
    lab_names_read(&labs, &home);
    for (size_t i = 0; i < labs.n; i++)
        fuzz_lab(&home, labs.names[i], rounds);
    printf("fuzz: %llu rounds on each of %zu labs, nothing crashed\n", (unsigned long long)rounds, labs.n);
    lab_names_release(&labs);
    home_release(&home);
    strbuf_release(&err);
    return 0;
}
