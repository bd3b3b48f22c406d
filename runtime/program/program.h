/* program.h: a workload as a program: read from YAML, checked, compiled, and run as goroutines.
 *
 *     p = program_load(&source, world, &diags)     once per file; NULL: the diagnostics say why
 *     set = ...program_settings(p)...               what the file says about the runtime
 *     rt->sites = sites_new(&symbols)               symbols = program_symbols(p)
 *     rt->world = world_new(...)                    from program_world(p)
 *     boot = program_boot(rt, p)                    declared objects; then world_start
 *     sched_boot(rt, boot.kind, boot.body, boot.entry)
 *     ... the machine runs ...
 *     program_end(rt)                               after rt's last step, before rt_free
 *
 * A program is immutable: any number of simulations, in any number of threads, may share one. Its
 * goroutines are stackless: a few hundred bytes of frames, and one instruction is one step of their M.
 *
 * Messages name the file as `source` is named; frames of stacks call it by the last part of its path,
 * as the learner sees it. */
#pragma once

#include "base/diag.h"
#include "base/source.h"
#include "runtime/trace/sites.h"
#include "runtime/world/world.h"

struct g_kind;
struct program;
struct rt;

/* Reads a workload. `world` is the scenario's, borrowed; NULL if there is none: then the file may bring its
 * own. The source must live as long as the diagnostics, which may hold warnings even if all is well. */
struct program *program_load(const struct source *src, const struct world_def *world, struct diags *diags);
void program_free(struct program *p);

const char *program_name(const struct program *p);
/* SHA-256 of the file, as hexadecimal digits. */
const char *program_digest(const struct program *p);
/* The scenario's, or the file's own, or NULL. */
const struct world_def *program_world(const struct program *p);

struct program_settings {
    uint32_t gomaxprocs; /* 0: as many as the world has CPUs */
    int32_t gogc;        /* -1: off */
    bool async_preempt;
};
struct program_settings program_settings(const struct program *p);

/* Names of functions and lines for stacks; refers to p. */
struct symbols program_symbols(const struct program *p);

/* Makes the declared objects in rt, which then runs p, and the body of the main goroutine. rt->sites,
 * ledger, detector, gc and world are set before if they are wanted. */
struct program_main {
    const struct g_kind *kind;
    void *body;
    struct site entry;
};
struct program_main program_boot(struct rt *rt, const struct program *p);
/* Drops the declared objects. */
void program_end(struct rt *rt);
