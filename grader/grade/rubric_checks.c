/* The section `checks`. */
#include <string.h>

#include "grader/grade/rubric_read.h"

const char *const shape_kind_names[] = {
    [SHAPE_TASK] = "task", [SHAPE_REGION] = "region", [SHAPE_LOG] = "log"};

#define AT(member) offsetof(struct rubric, member)

static const struct key removed_keys[] = {
    {"share", read_percent, AT(removed.share), false},
    {"below", read_duration, AT(removed.below), false},
    {"of_before", read_percent, AT(removed.of_before), false},
};

static void read_removed(struct reading *in, const struct yaml_node *node, void *rubric)
{
    in->r->removed.given = true;
    if (yaml_is_mapping(node) && node->len == 0) {
        diags_error(in->d, node->span, "`removed` needs at least one of `share`, `below` and `of_before`");
        return;
    }
    read_keys(in, node, "`removed`", removed_keys, ARRAY_LEN(removed_keys), rubric);
}

static const struct key not_moved_keys[] = {{"back", read_percent, AT(back), true}};

static void read_not_moved(struct reading *in, const struct yaml_node *node, void *rubric)
{
    read_keys(in, node, "`not_moved`", not_moved_keys, ARRAY_LEN(not_moved_keys), rubric);
}

/* ---- target --------------------------------------------------------------------------------- */

static void read_target(struct reading *in, const struct yaml_node *node, void *rubric)
{
    struct key target_keys[QUANTILE_COUNT];

    (void)rubric;
    for (size_t q = 0; q < QUANTILE_COUNT; q++)
        target_keys[q] =
            (struct key){quantile_names[q], read_duration, offsetof(struct target, most[q]), false};
    if (!expect_mapping(in, node, "`target`"))
        return;
    for (size_t i = 0; i < node->len; i++) {
        struct target t = {.load = node->pairs[i].key->text};

        if (!world_offers(in, "loads", t.load, node->pairs[i].key->span))
            continue;
        read_keys(in, node->pairs[i].value, arena_printf(&in->r->arena, "the target of '%s'", t.load),
                  target_keys, ARRAY_LEN(target_keys), &t);
        vec_push(&in->r->targets, t);
    }
}

/* ---- shape ---------------------------------------------------------------------------------- */

static void read_holds(struct reading *in, const struct yaml_node *node, void *to)
{
    struct shape *s = to;

    s->holds_all = yaml_is_text(node, "all");
    if (s->holds_all || !expect_list(in, node, "`holds` (or `all`)"))
        return;
    for (size_t i = 0; i < node->len; i++) {
        const char *text = expect_text(in, node->items[i], "an item of work");
        struct work_item item;

        if (text && read_item(in, text, node->items[i]->span, &item))
            vec_push(&s->holds, item);
    }
}

static void read_shape_name(struct reading *in, const struct yaml_node *node, struct shape *s,
                            enum shape_kind kind)
{
    if (s->name)
        diags_error(in->d, node->span, "a shape rule is about one `task`, one `region` or one `log`");
    s->name = expect_text(in, node, "a name");
    s->kind = kind;
}

static void read_task(struct reading *in, const struct yaml_node *node, void *to)
{
    read_shape_name(in, node, to, SHAPE_TASK);
}

static void read_region(struct reading *in, const struct yaml_node *node, void *to)
{
    read_shape_name(in, node, to, SHAPE_REGION);
}

static void read_log(struct reading *in, const struct yaml_node *node, void *to)
{
    read_shape_name(in, node, to, SHAPE_LOG);
}

static const struct key shape_keys[] = {
    {"task", read_task, 0, false},
    {"region", read_region, 0, false},
    {"log", read_log, 0, false},
    {"in", read_text, offsetof(struct shape, in), false},
    {"per_request", read_amount, offsetof(struct shape, per_request), false},
    {"holds", read_holds, 0, false},
};

static void read_rule(struct reading *in, const struct yaml_node *node)
{
    struct shape s = {.name = NULL};
    size_t before = in->d->errors;

    in->of_load = true;
    in->load = in->r->expect.load;
    read_keys(in, node, "a shape rule", shape_keys, ARRAY_LEN(shape_keys), &s);
    in->of_load = false;
    if (!s.name && in->d->errors == before)
        diags_error(in->d, node->span, "a shape rule begins with `task`, `region` or `log`");
    else if (s.in && s.kind == SHAPE_TASK)
        diags_error(in->d, node->span, "`in` is for regions and logs: the task they must belong to");
    else if ((s.holds_all || s.holds.len) && s.kind == SHAPE_LOG)
        diags_error(in->d, node->span, "a log is a moment and holds nothing");
    if (s.name)
        vec_push(&in->r->shapes, s);
    else
        vec_free(&s.holds);
}

static void read_shape(struct reading *in, const struct yaml_node *node, void *rubric)
{
    (void)rubric;
    if (!expect_list(in, node, "`shape`"))
        return;
    for (size_t i = 0; i < node->len; i++)
        read_rule(in, node->items[i]);
}

static const struct key check_keys[] = {
    {"removed", read_removed, 0, true},
    {"not_moved", read_not_moved, 0, false},
    {"target", read_target, 0, false},
    {"shape", read_shape, 0, false},
};

void read_checks(struct reading *in, const struct yaml_node *node, void *rubric)
{
    read_keys(in, node, "`checks`", check_keys, ARRAY_LEN(check_keys), rubric);
}
