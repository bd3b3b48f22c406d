/* Measures the runtime from outside: scheduling events and steps per second of CPU time, bytes per event,
 * bytes per parked goroutine, race detection by itself. Prints one line per figure, `NAME UNIT VALUE`,
 * for tests/bench/run.sh. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "lab/lab.h"
#include "runtime/simulate.h"
#include "tests/bench/detect.h"

#define REPEAT 5 /* the best of so many runs counts: the machine's noise only ever adds */

/* CPU time of this process: it has one thread, and other load on the machine does not count. */
static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void swallow(void *context, const void *bytes, size_t n)
{
    (void)context;
    (void)bytes;
    (void)n;
}

static void most_memory(void *context, int64_t now)
{
    size_t *most = context;
    size_t used = mallinfo2().uordblks + mallinfo2().hblkhd;

    (void)now;
    if (used > *most)
        *most = used;
}

static struct workload open_workload(const char *path)
{
    struct diags d = DIAGS_INIT;
    struct workload w;

    if (!workload_open(&w, NULL, xstrdup(path), &d)) {
        diags_print(&d, stderr, false);
        exit(3);
    }
    diags_release(&d);
    return w;
}

static struct simulated simulate_once(const struct workload *w, bool trace, bool detect, size_t *memory)
{
    struct diags d = DIAGS_INIT;
    struct simulated end;
    struct simulation s = {
        .program = w->program,
        .world = program_world(w->program),
        .seed = 1,
        .schedule_seed = 1,
        .trace = trace,
        .detect = detect,
        .sink = {swallow, NULL},
        .tick = memory ? most_memory : NULL,
        .tick_context = memory,
    };

    if (!simulate(&s, &end, &d) || end.end != END_RETURNED) {
        diags_print(&d, stderr, false);
        fprintf(stderr, "%s: did not end well: %s\n", program_name(w->program), end.text);
        exit(1);
    }
    return end;
}

static void speed(const char *path, const char *name, bool trace, bool detect)
{
    struct workload w = open_workload(path);
    struct simulated end = {0};
    double best = 1e9;

    for (int i = 0; i < REPEAT; i++) {
        double start = seconds();

        end = simulate_once(&w, trace, detect, NULL);
        if (seconds() - start < best)
            best = seconds() - start;
    }
    printf("%s events/s %.0f\n", name, (double)end.counts.events / best);
    printf("%s steps/s %.0f\n", name, (double)end.counts.steps / best);
    if (trace)
        printf("%s bytes/event %.2f\n", name, (double)end.trace_bytes / (double)end.trace_events);
    workload_close(&w);
}

static void parked(const char *path, size_t goroutines)
{
    struct workload w = open_workload(path);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    size_t most = 0;

    simulate_once(&w, false, true, &most);
    printf("parked bytes/goroutine %.0f\n", (double)(most - before) / (double)goroutines);
    workload_close(&w);
}

int main(void)
{
    speed("tests/bench/requests.yaml", "requests", false, false);
    speed("tests/bench/requests.yaml", "requests,traced", true, false);
    speed("tests/bench/requests.yaml", "requests,traced,detecting", true, true);
    speed("tests/bench/pingpong.yaml", "pingpong", false, false);
    speed("tests/bench/pingpong.yaml", "pingpong,traced,detecting", true, true);
    parked("tests/bench/parked.yaml", 100000);
    bench_detect();
    return 0;
}
