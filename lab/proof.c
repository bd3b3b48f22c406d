#include "lab/proof.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "grader/report/verdict.h"
#include "lab/grading.h"

/* solutions/LAB/proof.yaml */
struct claim {
    const struct yaml_node *file;
    const char *folder; /* right or wrong */
    const char *reason; /* NULL: it must pass */
};

struct proof {
    struct text_file file;
    struct arena arena;
    VEC(struct claim) claims;
};

static void proof_release(struct proof *p)
{
    vec_free(&p->claims);
    arena_release(&p->arena);
    text_file_release(&p->file);
}

static bool read_right(struct proof *p, const struct yaml_node *list, struct diags *d)
{
    if (!list)
        return true;
    if (!yaml_is_sequence(list)) {
        diags_error(d, list->span, "expected a list of files, found %s", yaml_kind_name(list));
        return false;
    }
    for (size_t i = 0; i < list->len; i++)
        vec_push(&p->claims, ((struct claim){list->items[i], "right", NULL}));
    return true;
}

static bool read_wrong(struct proof *p, const struct yaml_node *map, struct diags *d)
{
    if (!map)
        return true;
    if (!yaml_is_mapping(map)) {
        diags_error(d, map->span, "expected `FILE: CHECK REASON`, found %s", yaml_kind_name(map));
        return false;
    }
    for (size_t i = 0; i < map->len; i++)
        vec_push(&p->claims, ((struct claim){map->pairs[i].key, "wrong", map->pairs[i].value->text}));
    return true;
}

static bool is_claimed(const struct proof *p, const char *folder, const char *name)
{
    for (size_t i = 0; i < p->claims.len; i++)
        if (strcmp(p->claims.data[i].folder, folder) == 0 &&
            yaml_is_text(p->claims.data[i].file, name))
            return true;
    return false;
}

/* A fix that nobody claims anything of would never be run. */
static bool all_claimed(const struct proof *p, const struct home *home, const char *lab, const char *folder,
                        struct diags *d)
{
    char *path = home_path(home, "solutions", lab, folder, NULL);
    DIR *dir = opendir(path);
    bool ok = true;

    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *dot = strrchr(e->d_name, '.');

        if (!dot || strcmp(dot, ".yaml") != 0 || is_claimed(p, folder, e->d_name))
            continue;
        diags_error(d, source_whole(&p->file.source), "%s/%s is not listed here", folder, e->d_name);
        ok = false;
    }
    if (dir)
        closedir(dir);
    free(path);
    return ok;
}

static bool read_claims(struct proof *p, const struct lab *lab, const struct home *home, struct diags *d)
{
    if (!text_file_read(&p->file, home_path(home, "solutions", lab->name, "proof.yaml", NULL), d))
        return false;
    const struct yaml_node *root = yaml_parse(&p->arena, &p->file.source, d);

    if (!root)
        return false;
    for (size_t i = 0; yaml_is_mapping(root) && i < root->len; i++) {
        const char *key = root->pairs[i].key->text;

        if (strcmp(key, "right") != 0 && strcmp(key, "wrong") != 0) {
            diags_error(d, root->pairs[i].key->span, "unknown key '%s'; expected right and wrong", key);
            return false;
        }
    }
    return read_right(p, yaml_get(root, "right"), d) && read_wrong(p, yaml_get(root, "wrong"), d) &&
           all_claimed(p, home, lab->name, "right", d) && all_claimed(p, home, lab->name, "wrong", d);
}

static void tell(const struct proof_report *report, bool ok, const char *what, const char *detail)
{
    if (!ok || report->verbose)
        report->line(report->context, ok, what, detail);
}

/* Says what is wrong with a file while its source still lives. */
static void complain(const struct proof_report *report, struct diags *d)
{
    if (d->len)
        report->complain(report->context, d);
    diags_release(d);
}

static bool proof_read(struct proof *p, const struct lab *lab, const struct home *home,
                       const struct proof_report *report)
{
    struct diags d = DIAGS_INIT;

    *p = (struct proof){0};
    bool ok = read_claims(p, lab, home, &d);

    complain(report, &d);
    return ok;
}

static bool open_workload(struct workload *w, const struct lab *lab, char *path,
                          const struct proof_report *report)
{
    struct diags d = DIAGS_INIT;
    bool ok = workload_open(w, lab, path, &d);

    complain(report, &d);
    return ok;
}

/* ---- proving */

/* "removed still sync block": the first failed check and its reason; "pass" if none failed. */
static const char *result_text(const struct grading *g, char *out, size_t size)
{
    enum check c = verdict_decisive(&g->verdict);

    if (c == CHECK_COUNT)
        snprintf(out, size, "pass");
    else
        snprintf(out, size, "%s %s", check_names[c],
                 g->verdict.checks[c].first ? g->verdict.checks[c].first->checks[c].reason : "undecided");
    return out;
}

static bool starts_with(const char *text, const char *start)
{
    size_t n = strlen(start);

    return strncmp(text, start, n) == 0 && (text[n] == '\0' || text[n] == ' ' || text[n] == ',');
}

static bool prove_claim(const struct lab *lab, const struct home *home, const struct baseline *before,
                        const struct claim *c, const struct proof_report *report)
{
    char *path = strcmp(c->folder, ".") == 0
                     ? home_path(home, "solutions", lab->name, c->file->text, NULL)
                     : home_path(home, "solutions", lab->name, c->folder, c->file->text, NULL);
    struct workload fix;
    struct grading g = {0};
    char found[300];
    char detail[700];
    bool ok = false;

    if (open_workload(&fix, lab, path, report)) {
        grading_run(&g, lab, before, fix.program, 0, (struct grading_progress){0});
        result_text(&g, found, sizeof found);
        ok = c->reason ? starts_with(found, c->reason) : strcmp(found, "pass") == 0;
        snprintf(detail, sizeof detail, "%s%s%s", found, ok ? "" : ", expected ",
                 ok ? "" : c->reason ? c->reason : "pass");
        tell(report, ok, fix.file.path, detail);
        grading_release(&g);
    } else {
        tell(report, false, fix.file.path, "does not load");
    }
    workload_close(&fix);
    return ok;
}

/* What `removed` is about is what is wrong with the starter: nothing else may be. */
static bool fails_removed(const struct verdict *v)
{
    return verdict_decisive(v) == CHECK_REMOVED && v->checks[CHECK_REMOVED].state == STATE_FAIL;
}

/* The starter shows what the lab is about on every seed, and that is why it fails. */
static bool prove_starter(const struct lab *lab, const struct workload *starter,
                          const struct baseline *before, const struct proof_report *report)
{
    struct grading g = {0};
    char found[2 * GRADE_TEXT + 64];
    char result[300];
    bool ok = true;

    grading_run(&g, lab, before, starter->program, 0, (struct grading_progress){0});
    for (size_t i = 0; i < before->n; i++) {
        const struct outcome *o = &before->outcomes[i];

        if (o->judged && o->expectation.state == STATE_PASS)
            continue;
        snprintf(found, sizeof found, "seed %llu: %s, expected %s", (unsigned long long)o->seed,
                 o->judged ? o->expectation.found : "not judged", o->expectation.expected);
        tell(report, false, starter->file.path, found);
        ok = false;
    }
    result_text(&g, result, sizeof result);
    if (ok && !fails_removed(&g.verdict)) {
        snprintf(found, sizeof found, "%s, expected removed", result);
        tell(report, false, starter->file.path, found);
        ok = false;
    } else if (ok) {
        tell(report, true, starter->file.path, result);
    }
    grading_release(&g);
    return ok;
}

static size_t count_claims(const struct proof *p, const char *folder)
{
    size_t n = 0;

    for (size_t i = 0; i < p->claims.len; i++)
        n += strcmp(p->claims.data[i].folder, folder) == 0;
    return n;
}

/* A lab that only its reference passes, or that nothing fails, has not been tried. */
static bool prove_tried(const struct proof *p, const struct proof_report *report)
{
    bool right = count_claims(p, "right") > 0;
    bool wrong = count_claims(p, "wrong") > 0;

    if (!right)
        tell(report, false, p->file.path, "names no right fix beside the reference");
    if (!wrong)
        tell(report, false, p->file.path, "names no wrong fix");
    return right && wrong;
}

static bool prove_bytes(const struct lab *lab, const struct workload *w, const struct proof_report *report)
{
    struct diags d = DIAGS_INIT;
    struct schedule s = {.seed = (uint64_t)lab->rubric->first};
    struct bytes one = {0};
    struct bytes two = {0};
    struct simulated end;
    bool ok = schedule_run(lab, w->program, s, &one, &end, &d) &&
              schedule_run(lab, w->program, s, &two, &end, &d);

    ok = ok && one.len == two.len && memcmp(one.data, two.data, one.len) == 0;
    complain(report, &d);
    tell(report, ok, w->file.path, ok ? "two runs, equal bytes" : "two runs of one seed differ");
    bytes_release(&one);
    bytes_release(&two);
    return ok;
}

bool lab_prove(const struct lab *lab, const struct home *home, const struct proof_report *report)
{
    struct yaml_node reference = {.kind = YAML_SCALAR, .text = "workload.yaml", .len = 13};
    struct claim solution = {&reference, ".", NULL};
    struct proof p;
    struct workload starter = {0};
    struct baseline before = {0};
    bool ok = proof_read(&p, lab, home, report) &&
              open_workload(&starter, lab, home_path(home, "scenarios", lab->name, "workload.yaml", NULL),
                            report);

    if (ok) {
        baseline_run(&before, lab, starter.program, 0, (struct grading_progress){0});
        ok = prove_tried(&p, report);
        ok &= prove_starter(lab, &starter, &before, report);
        ok &= prove_bytes(lab, &starter, report);
        ok &= prove_claim(lab, home, &before, &solution, report);
        for (size_t i = 0; i < p.claims.len; i++)
            ok &= prove_claim(lab, home, &before, &p.claims.data[i], report);
    }
    baseline_release(&before);
    workload_close(&starter);
    proof_release(&p);
    return ok;
}

static bool loads(const struct lab *lab, char *path, const struct proof_report *report)
{
    struct workload w;
    bool ok = open_workload(&w, lab, path, report);

    tell(report, ok, w.file.path, ok ? "loads" : "does not load");
    workload_close(&w);
    return ok;
}

/* The learner begins with the buggy program, byte for byte. */
static bool exercise_is_starter(const struct lab *lab, const struct home *home,
                                const struct proof_report *report)
{
    struct diags d = DIAGS_INIT;
    struct text_file starter, exercise;
    bool read = text_file_read(&starter, home_path(home, "scenarios", lab->name, "workload.yaml", NULL), &d);

    read &= text_file_read(&exercise, home_path(home, "exercises", lab->name, "workload.yaml", NULL), &d);
    bool same = read && exercise.len == starter.len && memcmp(exercise.text, starter.text, starter.len) == 0;

    complain(report, &d);
    tell(report, same, exercise.path, same ? "is the starter" : "is not the starter");
    text_file_release(&starter);
    text_file_release(&exercise);
    return same;
}

/* A brief that was copied and forgotten tells another lab's story. */
static bool names_lab(const struct lab *lab, char *path, const struct proof_report *report)
{
    struct diags d = DIAGS_INIT;
    struct text_file text;
    bool read = text_file_read(&text, path, &d);
    bool names = read && strstr(text.text, lab->name);

    complain(report, &d);
    tell(report, names, text.path, names ? "is about this lab" : "does not name this lab");
    text_file_release(&text);
    return names;
}

bool lab_check(const struct lab *lab, const struct home *home, const struct proof_report *report)
{
    struct proof p;
    bool ok = proof_read(&p, lab, home, report);

    ok &= loads(lab, home_path(home, "scenarios", lab->name, "workload.yaml", NULL), report);
    ok &= exercise_is_starter(lab, home, report);
    ok &= names_lab(lab, home_path(home, "exercises", lab->name, "README.md", NULL), report);
    ok &= names_lab(lab, home_path(home, "solutions", lab->name, "README.md", NULL), report);
    ok &= loads(lab, home_path(home, "solutions", lab->name, "workload.yaml", NULL), report);
    for (size_t i = 0; i < p.claims.len; i++)
        ok &= loads(lab, home_path(home, "solutions", lab->name, p.claims.data[i].folder,
                                   p.claims.data[i].file->text, NULL), report);
    proof_release(&p);
    return ok;
}
