/* process.h: a program in one simulation: its declared objects and what its goroutines share. */
#pragma once

#include "runtime/program/code.h"
#include "runtime/world/world.h"

struct process {
    const struct program *program;
    struct value *globals;      /* declared objects, in the order of the file */
    uint32_t n_numbered;        /* of them, those that the ledger knows by number */
    struct context *background; /* one reference, ours */
    struct server server;       /* how the world starts handlers */
};

extern const struct g_kind program_kind;
