#include "lab/lab.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"

bool text_file_read(struct text_file *f, char *path, struct diags *d)
{
    struct strbuf err = STRBUF_INIT;

    f->path = path;
    bool ok = io_read(path, LIMIT_YAML_BYTES, &f->text, &f->len, &err);

    source_init(&f->source, f->path, ok ? f->text : "", ok ? f->len : 0);
    if (!ok) { /* without the name: every diagnostic begins with it */
        size_t named = strlen("cannot read ''") + strlen(path);

        diags_error(d, source_whole(&f->source), "cannot read%s", err.text + named);
    }
    strbuf_release(&err);
    return ok;
}

void text_file_release(struct text_file *f)
{
    source_release(&f->source);
    free(f->text);
    free(f->path);
    *f = (struct text_file){0};
}

bool lab_open(struct lab *lab, const struct home *home, const char *name, struct diags *d)
{
    size_t before = d->errors;

    *lab = (struct lab){.name = xstrdup(name)};
    if (!text_file_read(&lab->scenario, home_path(home, "scenarios", name, "scenario.yaml", NULL), d))
        return false;
    sha256_hex(lab->digest, lab->scenario.text, lab->scenario.len);
    const struct yaml_node *root = yaml_parse(&lab->arena, &lab->scenario.source, d);

    if (!root)
        return false;
    lab->world = world_load(yaml_get(root, "params"), yaml_get(root, "world"), d);
    lab->rubric = rubric_load(root, d);
    if (lab->rubric && strcmp(lab->rubric->lab, name) != 0)
        diags_error(d, yaml_get(root, "scenario")->span, "expected the name of its folder, '%s'", name);
    return d->errors == before && lab->world && lab->rubric;
}

void lab_close(struct lab *lab)
{
    if (lab->world)
        world_def_free(lab->world);
    if (lab->rubric)
        rubric_free(lab->rubric);
    text_file_release(&lab->scenario);
    arena_release(&lab->arena);
    free(lab->name);
    *lab = (struct lab){0};
}

bool workload_open(struct workload *w, const struct lab *lab, char *path, struct diags *d)
{
    *w = (struct workload){0};
    if (!text_file_read(&w->file, path, d))
        return false;
    w->program = program_load(&w->file.source, lab ? lab->world : NULL, d);
    return w->program != NULL;
}

void workload_close(struct workload *w)
{
    if (w->program)
        program_free(w->program);
    text_file_release(&w->file);
    *w = (struct workload){0};
}

/* Where a lab stands on the path. */
struct place {
    char *name;
    int rank; /* of its level */
    int64_t minutes;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->minutes != y->minutes)
        return x->minutes < y->minutes ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* One that does not load comes last. */
static struct place place_of(const struct home *home, const char *name)
{
    struct place p = {xstrdup(name), INT_MAX, 0};
    struct diags d = DIAGS_INIT;
    struct lab lab;

    if (lab_open(&lab, home, name, &d)) {
        p.rank = rubric_rank(lab.rubric);
        p.minutes = lab.rubric->minutes;
    }
    diags_release(&d);
    lab_close(&lab);
    return p;
}

void lab_names_read(struct lab_names *l, const struct home *home)
{
    VEC(struct place) places = {0};
    char *folder = home_path(home, "scenarios", NULL);
    DIR *dir = opendir(folder);

    for (struct dirent *e; dir && (e = readdir(dir));) {
        char *file = home_path(home, "scenarios", e->d_name, "scenario.yaml", NULL);

        if (e->d_name[0] != '.' && io_exists(file))
            vec_push(&places, place_of(home, e->d_name));
        free(file);
    }
    if (dir)
        closedir(dir);
    free(folder);
    if (places.len)
        qsort(places.data, places.len, sizeof *places.data, by_place);
    l->n = places.len;
    l->names = xcalloc(l->n + 1, sizeof *l->names);
    for (size_t i = 0; i < l->n; i++)
        l->names[i] = places.data[i].name;
    vec_free(&places);
}

void lab_names_release(struct lab_names *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l->names);
    *l = (struct lab_names){0};
}
