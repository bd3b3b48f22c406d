#include "lab/lab.h"

#include <dirent.h>
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
    if (!ok)
        diags_error(d, source_whole(&f->source), "%s", err.text);
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

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void lab_names_read(struct lab_names *l, const struct home *home)
{
    VEC(char *) names = {0};
    char *folder = home_path(home, "scenarios", NULL);
    DIR *dir = opendir(folder);

    for (struct dirent *e; dir && (e = readdir(dir));) {
        char *file = home_path(home, "scenarios", e->d_name, "scenario.yaml", NULL);

        if (e->d_name[0] != '.' && io_exists(file))
            vec_push(&names, xstrdup(e->d_name));
        free(file);
    }
    if (dir)
        closedir(dir);
    free(folder);
    if (names.len)
        qsort(names.data, names.len, sizeof *names.data, by_name);
    l->names = names.data;
    l->n = names.len;
}

void lab_names_release(struct lab_names *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l->names);
    *l = (struct lab_names){0};
}
