/* Steps: one verb with its argument and options, by the table in verbs.h. */
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "runtime/program/load.h"

#define LIST_MAX  16  /* values of a message, arguments: nobody reads more */
#define CASES_MAX 256 /* of a select; loads that are served at once */

static struct step *load_step(struct tree *t, struct function *fn, const struct yaml_node *node,
                              bool is_case);

/* ---- what an argument or an option may hold */

static bool wrong(struct tree *t, const struct field *f)
{
    diags_error(t->diags, f->node->span, "expected %s, found %s", arg_names[f->arg], yaml_kind_name(f->node));
    return false;
}

static bool is_empty(struct tree *t, const struct field *f, const char *what)
{
    if (f->node->len == 0)
        diags_error(t->diags, f->span, "expected at least one %s", what);
    return f->node->len == 0;
}

static bool load_word(struct tree *t, struct field *f)
{
    if (!yaml_is_scalar(f->node) || yaml_is_empty(f->node))
        return wrong(t, f);
    f->text = f->node->text;
    return true;
}

/* A comment right behind a text has probably cut it: `miss #5`. One that is set apart by two blanks, or
 * has a blank after its `#`, looks meant. */
static void warn_of_comment(struct tree *t, const struct field *f)
{
    struct span comment;
    const char *text;

    if (!yaml_cut_by_comment(f->node, &comment))
        return;
    text = comment.src->text + comment.offset;
    if (text[-1] == ' ' && text[-2] != ' ' && text[1] != ' ')
        diags_warn(t->diags, comment, "` #` begins a comment and cuts this text: quote the text");
}

static bool load_text(struct tree *t, struct field *f)
{
    if (!load_word(t, f))
        return false;
    for (const char *c = f->text; *c; c++) {
        if (*c == '\n' || *c == '\t') { /* other control characters are in no YAML of ours */
            diags_error(t->diags, f->span, "this text must be one line, without tabs");
            return false;
        }
    }
    warn_of_comment(t, f);
    return true;
}

static bool load_value(struct tree *t, struct field *f)
{
    f->expr = load_expr(t, f->node, arg_names[f->arg]);
    return f->expr != NULL;
}

static bool too_long(struct tree *t, const struct yaml_node *list, size_t max)
{
    if (list->len > max)
        diags_error(t->diags, list->span, "a list of %zu is too long: at most %zu", list->len, max);
    return list->len > max;
}

static bool load_values(struct tree *t, struct field *f)
{
    size_t n = 1;
    bool good = true;

    f->is_list = yaml_is_sequence(f->node);
    if (f->is_list)
        n = f->node->len;
    else if (!yaml_is_scalar(f->node) || yaml_is_empty(f->node))
        return wrong(t, f);
    if (f->is_list && too_long(t, f->node, LIST_MAX))
        return false;
    f->list = arena_array(t->arena, n, sizeof(*f->list));
    for (f->n = 0; f->n < n; f->n++) {
        f->list[f->n] = load_expr(t, f->is_list ? f->node->items[f->n] : f->node, "a value");
        good = f->list[f->n] && good;
    }
    return good;
}

/* `_` throws away. */
static bool load_binding(struct tree *t, const struct yaml_node *node, struct binding *out)
{
    if (!yaml_is_text(node, "_"))
        return load_name(t, node, out);
    *out = (struct binding){.name = "_", .span = node->span, .slot = -1};
    return true;
}

static bool load_names(struct tree *t, struct field *f)
{
    bool good = true;

    f->is_list = yaml_is_sequence(f->node);
    if (f->is_list && f->arg == ARG_NAME)
        return wrong(t, f);
    if (f->is_list && too_long(t, f->node, LIST_MAX))
        return false;
    size_t n = f->is_list ? f->node->len : 1;

    f->names = arena_array(t->arena, n, sizeof(*f->names));
    for (f->n = 0; f->n < n; f->n++) {
        const struct yaml_node *node = f->is_list ? f->node->items[f->n] : f->node;

        good = load_binding(t, node, &f->names[f->n]) && good;
    }
    return good;
}

static bool part_wrong(struct tree *t, const struct field *f)
{
    diags_error(t->diags, f->span, "expected a part in figures, such as 1/4, found '%s'", f->text);
    return false;
}

static bool load_part(struct tree *t, struct field *f)
{
    const char *slash;
    struct excerpt whole, num, den;

    if (!load_word(t, f))
        return false;
    slash = strchr(f->text, '/');
    if (!slash || strspn(f->text, "0123456789/ ") != strlen(f->text))
        return part_wrong(t, f);
    whole = yaml_excerpt(f->node);
    num = excerpt_part(&whole, 0, (size_t)(slash - f->text));
    den = excerpt_part(&whole, (size_t)(slash + 1 - f->text), strlen(slash + 1));
    if (!units_count(&num, &f->num, t->diags) || !units_count(&den, &f->den, t->diags))
        return false;
    return (f->num >= 1 && f->den >= f->num) || part_wrong(t, f);
}

static bool load_percent(struct tree *t, struct field *f)
{
    struct ratio part;
    struct excerpt e;

    if (!load_word(t, f))
        return false;
    e = yaml_excerpt(f->node);
    if (!units_chance(&e, &part, t->diags))
        return false;
    f->num = part.num;
    f->den = part.den;
    return true;
}

static bool load_flag(struct tree *t, struct field *f)
{
    if (!load_word(t, f))
        return false;
    f->num = strcmp(f->text, "true") == 0;
    if (f->num || strcmp(f->text, "false") == 0)
        return true;
    diags_error(t->diags, f->span, "expected true or false, found '%s'", f->text);
    return false;
}

static bool load_status(struct tree *t, struct field *f)
{
    char suggestion[SUGGEST_MAX];

    if (!load_word(t, f))
        return false;
    for (f->num = 0; f->num < REPLY_STATUS_COUNT; f->num++) {
        if (strcmp(f->text, reply_status_names[f->num]) == 0)
            return true;
    }
    diags_error(t->diags, f->span, "expected ok, refused, failed or more, found '%s'%s", f->text,
                suggest_text(suggestion, f->text, reply_status_names, REPLY_STATUS_COUNT));
    return false;
}

static bool load_times(struct tree *t, struct field *f)
{
    f->num = yaml_is_text(f->node, "forever");
    return f->num || load_value(t, f);
}

static bool load_steps(struct tree *t, struct function *fn, struct field *f)
{
    f->block = arena_alloc(t->arena, sizeof(*f->block));
    if (f->arg == ARG_STEPS)
        return load_block(t, fn, f->node, f->block);
    bool cases = f->arg == ARG_CASES;
    size_t n = cases ? f->node->len : 1;

    if (cases && !yaml_is_sequence(f->node))
        return wrong(t, f);
    if (cases && (is_empty(t, f, "case") || too_long(t, f->node, CASES_MAX)))
        return false;
    f->block->steps = arena_array(t->arena, n, sizeof(*f->block->steps));
    for (; f->block->n < n; f->block->n++) {
        const struct yaml_node *node = cases ? f->node->items[f->block->n] : f->node;

        f->block->steps[f->block->n] = load_step(t, fn, node, cases);
    }
    return true;
}

static bool load_served(struct tree *t, struct field *f)
{
    bool good = true;

    if (!yaml_is_mapping(f->node))
        return wrong(t, f);
    if (is_empty(t, f, "load") || too_long(t, f->node, CASES_MAX))
        return false;
    f->n = f->node->len;
    f->served = arena_array(t->arena, f->n, sizeof(*f->served));
    for (size_t i = 0; i < f->n; i++) {
        const struct yaml_pair *pair = &f->node->pairs[i];

        f->served[i] = (struct served){.load = pair->key, .function = pair->value};
        if (!yaml_is_scalar(pair->value) || yaml_is_empty(pair->value)) {
            diags_error(t->diags, pair->value->span, "expected a function, found %s",
                        yaml_kind_name(pair->value));
            good = false;
        }
    }
    return good;
}

static bool load_nothing(struct tree *t, const struct field *f, const char *word)
{
    if (yaml_is_empty(f->node))
        return true;
    diags_error(t->diags, f->span, "'%s' takes nothing: write `- %s`", word, word);
    return false;
}

static bool load_field(struct tree *t, struct function *fn, struct field *f, const char *word)
{
    switch (f->arg) {
    case ARG_NOTHING:
        return load_nothing(t, f, word);
    case ARG_SERVICE:
    case ARG_DISK:
    case ARG_FUNCTION:
    case ARG_START:
        return load_word(t, f);
    case ARG_TEXT:
        return load_text(t, f);
    case ARG_STATUS:
        return load_status(t, f);
    case ARG_TIMES:
        return load_times(t, f);
    case ARG_VALUES:
        return load_values(t, f);
    case ARG_NAME:
    case ARG_NAMES:
        return load_names(t, f);
    case ARG_PART:
        return load_part(t, f);
    case ARG_PERCENT:
        return load_percent(t, f);
    case ARG_FLAG:
        return load_flag(t, f);
    case ARG_STEPS:
    case ARG_CASES:
    case ARG_STEP:
        return load_steps(t, fn, f);
    case ARG_LOADS:
        return load_served(t, f);
    default:
        return load_value(t, f);
    }
}

/* `task` and `start_task` bind `ctx` unless told otherwise, as the idiom `ctx, task := NewTask(..)`. */
static void name_derived(struct step *s)
{
    const struct field *as = step_option(s, OPT_AS);

    s->derived = as && as->n ? as->names[0] : (struct binding){.name = "ctx", .span = s->span, .slot = -1};
}

/* ---- keys of a step */

static bool unknown_step(struct tree *t, const struct yaml_node *word, bool is_case)
{
    const char *known[VERB_COUNT];
    char suggestion[SUGGEST_MAX];
    size_t n = verb_words(known, is_case);
    const char *colon = strchr(word->text, ':');

    if (!is_case && option_find(word->text) >= 0) {
        diags_error(t->diags, word->span, "`%s` belongs to the step above: remove the dash", word->text);
        return false;
    }
    if (colon && colon[1] && yaml_is_scalar(word)) {
        diags_error(t->diags, word->span, "a blank is missing after the colon: `%.*s: %s`",
                    (int)(colon - word->text), word->text, colon + 1);
        return false;
    }
    if (!is_case && strcmp(word->text, "forever") == 0) {
        diags_error(t->diags, word->span, "unknown step 'forever': write `repeat: forever`");
        return false;
    }
    suggest_text(suggestion, word->text, known, n);
    if (is_case && !*suggestion)
        load_unknown(t, word, "case", known, n);
    else
        diags_error(t->diags, word->span, "unknown %s '%s'%s", is_case ? "case" : "step", word->text,
                    suggestion);
    return false;
}

/* The verb of a step that is written as a mapping; -1 after reporting. */
static int find_verb(struct tree *t, const struct yaml_node *node, bool is_case)
{
    const struct yaml_node *found = NULL;
    int verb = -1;

    for (size_t i = 0; i < node->len; i++) {
        const struct yaml_node *key = node->pairs[i].key;
        int v = verb_find(key->text, is_case);

        if (v < 0)
            continue;
        if (found) {
            diags_error(t->diags, key->span, "two %s, '%s' and '%s': is a `- ` missing before `%s`?",
                        is_case ? "cases in one" : "verbs in one step", found->text, key->text, key->text);
            return -1;
        }
        found = key;
        verb = v;
    }
    if (!found) {
        unknown_step(t, node->pairs[0].key, is_case);
        return -1;
    }
    if (found == node->pairs[0].key)
        return verb;
    diags_error(t->diags, found->span, "write '%s' first", found->text);
    return -1;
}

static bool unknown_option(struct tree *t, const struct yaml_node *key, const struct step *s)
{
    const char *known[OPTION_COUNT];
    size_t n = verb_option_words(s->verb, known);
    struct strbuf all = STRBUF_INIT;
    char suggestion[SUGGEST_MAX];

    if (strpbrk(key->text, "()[]")) {
        diags_error(t->diags, key->span, "brackets and commas need block style or quotes");
        return false;
    }
    suggest_text(suggestion, key->text, known, n);
    strbuf_add(&all, *suggestion ? suggestion : n ? "; it takes " : "; it takes none");
    for (size_t i = 0; i < n && !*suggestion; i++)
        strbuf_addf(&all, "%s%s", i ? ", " : "", known[i]);
    diags_error(t->diags, key->span, "'%s' has no option '%s'%s", verb_defs[s->verb].word, key->text,
                all.text);
    strbuf_release(&all);
    return false;
}

static bool load_option(struct tree *t, struct function *fn, struct step *s, const struct yaml_pair *pair,
                        struct field *f)
{
    int option = option_find(pair->key->text);
    const struct option_def *def = option < 0 ? NULL : verb_option(s->verb, (enum option)option);

    if (!def)
        return unknown_option(t, pair->key, s);
    if (def->later) {
        diags_error(t->diags, pair->key->span, "this version does not have '%s' of '%s'", pair->key->text,
                    verb_defs[s->verb].word);
        return false;
    }
    *f = (struct field){.option = def->option, .arg = def->arg, .node = pair->value, .of = -1};
    f->span = yaml_is_empty(pair->value) ? pair->key->span : pair->value->span;
    if (def->arg == ARG_STEPS && yaml_is_empty(pair->value) && !def->needed) {
        f->block = arena_alloc(t->arena, sizeof(*f->block));
        return true;
    }
    return load_field(t, fn, f, pair->key->text);
}

/* Whether the step has, or at least tried to have, what its verb needs. */
static bool has_needed(struct tree *t, const struct yaml_node *node, const struct step *s)
{
    size_t n;
    const struct option_def *defs = option_defs(&n);
    bool good = true;

    for (size_t i = 0; i < n; i++) {
        if (defs[i].verb != s->verb || !defs[i].needed || yaml_get(node, option_words[defs[i].option]))
            continue;
        diags_error(t->diags, s->span, "'%s' needs `%s`: %s", verb_defs[s->verb].word,
                    option_words[defs[i].option], defs[i].help);
        good = false;
    }
    return good;
}

/* ---- the argument */

static bool needs_argument(struct tree *t, struct span span, enum verb verb)
{
    diags_error(t->diags, span, "'%s' needs %s", verb_defs[verb].word, arg_names[verb_defs[verb].arg]);
    return false;
}

/* `go:` and `defer:` take an argument or `do`. */
static bool takes_do(enum verb verb)
{
    return verb_defs[verb].arg == ARG_START || verb_defs[verb].arg == ARG_STEP;
}

/* The `do` of `defer` or `go`, indented too far. */
static bool is_do(const struct yaml_node *node)
{
    return yaml_is_mapping(node) && node->len > 0 && strcmp(node->pairs[0].key->text, "do") == 0;
}

static bool load_argument(struct tree *t, struct function *fn, struct step *s, const struct yaml_pair *pair)
{
    bool empty = yaml_is_empty(pair->value);

    s->arg = (struct field){.arg = verb_defs[s->verb].arg, .node = pair->value, .of = -1};
    s->arg.span = empty ? pair->key->span : pair->value->span;
    if (empty && s->arg.arg != ARG_NOTHING)
        return takes_do(s->verb) || needs_argument(t, s->span, s->verb);
    if (takes_do(s->verb) && is_do(pair->value)) {
        diags_error(t->diags, s->arg.span, "`do` stands below `%s`, in the same column", pair->key->text);
        return false;
    }
    return load_field(t, fn, &s->arg, pair->key->text);
}

/* The function that the steps of `go` with `do` make. */
static struct function *load_closure(struct tree *t, struct function *fn, struct span span)
{
    const char *sep = fn->around ? "." : ".func";
    const char *name = arena_printf(t->arena, "%s%s%u", fn->name, sep, (unsigned)++fn->n_closures);

    return load_function(t, name, span, fn);
}

static void load_options(struct tree *t, struct function *fn, const struct yaml_node *node, struct step *s)
{
    s->options = arena_array(t->arena, node->len, sizeof(*s->options));
    for (size_t i = 1; i < node->len; i++) {
        if (load_option(t, fn, s, &node->pairs[i], &s->options[s->n_options])) {
            s->n_options++;
        } else {
            s->torn = true;
            load_lose(t, node->pairs[i].value);
        }
    }
}

static void load_mapping(struct tree *t, struct function *fn, const struct yaml_node *node, struct step *s)
{
    bool empty = yaml_is_empty(node->pairs[0].value);

    if (!load_argument(t, fn, s, &node->pairs[0])) {
        s->torn = true;
        s->arg = (struct field){.arg = ARG_NOTHING, .of = -1};
        load_lose(t, node->pairs[0].value);
    } else if (takes_do(s->verb) && empty == !yaml_get(node, "do")) {
        diags_error(t->diags, s->span, empty ? "'%s' needs %s" : "'%s' takes %s", verb_defs[s->verb].word,
                    arg_names[s->arg.arg]);
        s->torn = true;
    }
    if (s->verb == VERB_GO && empty)
        s->closure = load_closure(t, fn, s->span);
    load_options(t, s->closure ? s->closure : fn, node, s);
    name_derived(s);
    if (s->closure && step_block(s, OPT_DO))
        s->closure->body = *step_block(s, OPT_DO);
    s->torn = !has_needed(t, node, s) || s->torn;
}

/* ---- steps */

static void load_bare(struct tree *t, const struct yaml_node *node, struct step *s)
{
    s->arg = (struct field){.arg = ARG_NOTHING, .span = node->span, .of = -1};
    if (verb_defs[s->verb].arg != ARG_NOTHING)
        s->torn = !needs_argument(t, node->span, s->verb);
}

/* Nothing is known of a step without a verb; those in its blocks are as good as others. */
static void load_torn(struct tree *t, struct function *fn, const struct yaml_node *node, struct step *s)
{
    s->verb = VERB_YIELD;
    s->torn = true;
    s->arg = (struct field){.arg = ARG_NOTHING, .span = s->span, .of = -1};
    if (!yaml_is_mapping(node)) {
        load_lose(t, node);
        return;
    }
    s->options = arena_array(t->arena, node->len, sizeof(*s->options));
    for (size_t i = 0; i < node->len; i++) {
        const struct yaml_pair *pair = &node->pairs[i];
        struct field *f = &s->options[s->n_options];
        bool steps = yaml_is_text(pair->key, "do") || yaml_is_text(pair->key, "else");

        *f = (struct field){.option = OPT_DO, .arg = ARG_STEPS, .node = pair->value, .of = -1};
        if (steps && yaml_is_sequence(pair->value))
            s->n_options += load_steps(t, fn, f);
        else
            load_lose(t, pair->value);
    }
}

/* The verb, or -1 after reporting. */
static int load_verb(struct tree *t, const struct yaml_node *node, bool is_case)
{
    bool scalar = yaml_is_scalar(node) && !yaml_is_empty(node);
    int verb;

    if (!scalar && (!yaml_is_mapping(node) || node->len == 0)) {
        diags_error(t->diags, node->span, "expected a %s such as `%s`, found %s", is_case ? "case" : "step",
                    is_case ? "recv: jobs" : "cpu: 5us", yaml_kind_name(node));
        return -1;
    }
    verb = scalar ? verb_find(node->text, is_case) : find_verb(t, node, is_case);
    if (verb < 0 && scalar)
        unknown_step(t, node, is_case);
    if (verb < 0 || !verb_defs[verb].later)
        return verb;
    diags_error(t->diags, scalar ? node->span : node->pairs[0].key->span, "this version does not have '%s'",
                verb_defs[verb].word);
    return -1;
}

static struct step *load_step(struct tree *t, struct function *fn, const struct yaml_node *node, bool is_case)
{
    struct step *s = arena_alloc(t->arena, sizeof(*s));
    int verb = load_verb(t, node, is_case);

    s->span = yaml_is_mapping(node) && node->len > 0 ? node->pairs[0].key->span : node->span;
    s->verb = (enum verb)verb;
    if (verb < 0)
        load_torn(t, fn, node, s);
    else if (yaml_is_scalar(node))
        load_bare(t, node, s);
    else
        load_mapping(t, fn, node, s);
    t->torn = t->torn || s->torn;
    return s;
}

/* A line is a site: two steps on one would be one place in every report. */
static void check_own_line(struct tree *t, const struct yaml_node *step)
{
    if (t->last_line == yaml_line(step))
        diags_error(t->diags, step->span, "a step needs a line of its own: reports name steps by their line");
    t->last_line = yaml_line(step);
}

bool load_block(struct tree *t, struct function *fn, const struct yaml_node *node, struct block *out)
{
    if (!yaml_is_sequence(node)) {
        diags_error(t->diags, node->span, "expected a list of steps, found %s", yaml_kind_name(node));
        return false;
    }
    out->steps = arena_array(t->arena, node->len, sizeof(*out->steps));
    for (; out->n < node->len; out->n++) {
        check_own_line(t, node->items[out->n]);
        out->steps[out->n] = load_step(t, fn, node->items[out->n], false);
    }
    return true;
}
