#include "lab/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define MAX_WORKERS 64

void bytes_release(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){0};
}

static void append(void *context, const void *data, size_t n)
{
    struct bytes *b = context;

    vec_reserve(b, n);
    memcpy(b->data + b->len, data, n);
    b->len += n;
}

bool schedule_run(const struct lab *lab, const struct program *program, struct schedule s,
                  struct bytes *trace, struct simulated *end, struct diags *d)
{
    struct simulation sim = {
        .program = program,
        .world = lab ? lab->world : program_world(program),
        .scenario_digest = lab ? lab->digest : NULL,
        .seed = s.seed,
        .schedule_seed = s.adversarial ? s.seed + ADVERSARIAL_SCHEDULES : s.seed,
        .adversarial = s.adversarial,
        .trace = true,
        .detect = true,
        .sink = {append, trace},
    };

    trace->len = 0;
    return simulate(&sim, end, d);
}

struct analysis *schedule_analyse(const struct bytes *trace, struct trace_error *error)
{
    struct trace_options strict = {.strict = true};
    struct trace_reader *r = trace_open_memory(trace->data, trace->len, strict, error);

    return r ? analysis_load(r, error) : NULL;
}

static const struct outcome *outcome_of(const struct outcome *list, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].judged && list[i].seed == seed && !list[i].adversarial)
            return &list[i];
    return NULL;
}

static void judge(const struct lab *lab, const struct program *program, struct schedule s,
                  const struct outcome *before, struct outcome *out)
{
    struct bytes trace = {0};
    struct simulated end;
    struct trace_error error;
    struct diags d = DIAGS_INIT;

    memset(out, 0, sizeof *out);
    out->seed = s.seed;
    out->adversarial = s.adversarial;
    if (schedule_run(lab, program, s, &trace, &end, &d)) {
        struct analysis *a = schedule_analyse(&trace, &error);

        if (a) {
            grade_run(lab->rubric, a, a->whole ? NULL : &error, before, out);
            out->seed = s.seed;
            out->adversarial = s.adversarial;
            out->judged = true;
            analysis_free(a);
        }
    }
    diags_release(&d);
    bytes_release(&trace);
}

/* What workers share: the next schedule to take, how many are finished, and the outcomes. */
struct board {
    size_t next, finished;
    struct outcome outcomes[];
};

static void work(struct board *board, const struct lab *lab, const struct program *program,
                 const struct schedule *s, size_t n, const struct outcome *before, size_t n_before)
{
    for (;;) {
        size_t i = __atomic_fetch_add(&board->next, 1, __ATOMIC_RELAXED);

        if (i >= n)
            return;
        judge(lab, program, s[i], outcome_of(before, n_before, s[i].seed), &board->outcomes[i]);
        __atomic_fetch_add(&board->finished, 1, __ATOMIC_RELEASE);
    }
}

static size_t worker_count(size_t n)
{
    const char *given = getenv("TRACELAB_WORKERS");
    long cores = given ? strtol(given, NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < 1)
        cores = 1;
    if (cores > MAX_WORKERS)
        cores = MAX_WORKERS;
    return (size_t)cores < n ? (size_t)cores : n;
}

/* Waits for all workers, telling `done` ten times a second. */
static void await(const struct board *board, pid_t *pids, size_t n_pids, size_t total,
                  void (*done)(void *, size_t, size_t), void *context)
{
    size_t left = n_pids;

    while (left > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, done ? WNOHANG : 0);

        if (pid > 0) {
            for (size_t i = 0; i < n_pids; i++)
                left -= pids[i] == pid;
            continue;
        }
        if (pid < 0 && errno != EINTR)
            return;
        if (done) {
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
            done(context, __atomic_load_n(&board->finished, __ATOMIC_ACQUIRE), total);
        }
    }
}

void schedules_judge(const struct lab *lab, const struct program *program, const struct schedule *s,
                     size_t n, const struct outcome *before, size_t n_before, struct outcome *out,
                     void (*done)(void *context, size_t finished, size_t total), void *context)
{
    size_t size = sizeof(struct board) + n * sizeof(struct outcome);
    struct board *board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t workers = worker_count(n);
    pid_t pids[MAX_WORKERS];
    size_t started = 0;

    if (board == MAP_FAILED)
        mem_exhausted();
    fflush(NULL);
    while (started < workers) {
        pid_t pid = fork();

        if (pid < 0)
            break;
        if (pid == 0) {
            work(board, lab, program, s, n, before, n_before);
            _exit(0);
        }
        pids[started++] = pid;
    }
    if (started == 0)
        work(board, lab, program, s, n, before, n_before);
    await(board, pids, started, n, done, context);
    for (size_t i = 0; i < n; i++) {
        board->outcomes[i].seed = s[i].seed;
        board->outcomes[i].adversarial = s[i].adversarial;
    }
    memcpy(out, board->outcomes, n * sizeof *out);
    munmap(board, size);
}
