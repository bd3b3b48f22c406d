/* lab.h: a lab on disk: its scenario (world and rubric) and the workloads that go with it.
 *
 * scenario.yaml has two readers: the world takes `params` and `world`, the rubric the rest; every key
 * belongs to one of them. A lab is loaded once and shared by all runs. Spans of diagnostics point into
 * its sources: print them before lab_close. */
#pragma once

#include "base/diag.h"
#include "base/sha256.h"
#include "base/yaml.h"
#include "grader/grade/rubric.h"
#include "lab/home.h"
#include "runtime/program/program.h"
#include "runtime/world/world.h"

/* A text file with its source. */
struct text_file {
    char *path;
    char *text;
    size_t len;
    struct source source;
};
/* False after reporting that it cannot be read. Release it either way. */
bool text_file_read(struct text_file *f, char *path /* taken over */, struct diags *d);
void text_file_release(struct text_file *f);

struct lab {
    char *name;
    struct text_file scenario;
    char digest[SHA256_HEX];
    struct arena arena;
    struct world_def *world;
    struct rubric *rubric;
};

/* False after reporting every mistake; lab_close it either way. */
bool lab_open(struct lab *lab, const struct home *home, const char *name, struct diags *d);
void lab_close(struct lab *lab);

/* A workload and where it came from. */
struct workload {
    struct text_file file;
    struct program *program;
};
/* `lab` may be NULL: then the file must bring a world of its own. */
bool workload_open(struct workload *w, const struct lab *lab, char *path /* taken over */, struct diags *d);
void workload_close(struct workload *w);

/* Names of all labs in the order of the path: by level, minutes, name. */
struct lab_names {
    char **names;
    size_t n;
};
void lab_names_read(struct lab_names *l, const struct home *home);
void lab_names_release(struct lab_names *l);
