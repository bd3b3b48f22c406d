/* Channels and select: what is sent, what is bound, and whose request is taken in hand. */
#include "runtime/held.h"
#include "runtime/program/run.h"

static struct chan *chan_of(struct value v)
{
    return (struct chan *)v.ref;
}

/* ---- messages */

static bool holds_request(const struct value *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].tag == VALUE_REQUEST)
            return true;
    }
    return false;
}

/* A list that is about to be sent: with a request in it, it says by whom and when. */
static struct value sealed(struct exec *x, struct list *l)
{
    if (holds_request(l->items, l->n)) {
        l->from = x->g->id;
        l->sent = now(x->m);
    }
    return list_value(l);
}

/* A list that was received as one value is sent on as a list of the same. */
static struct value resent(struct exec *x, const struct list *old)
{
    struct list *l = list_new(x->m->rt, old->n);

    for (uint32_t i = 0; i < old->n; i++)
        l->items[i] = value_copy(x->m->rt, old->items[i]);
    return sealed(x, l);
}

/* No value is a token; one value is itself, but a request goes in a list of one. */
static bool message(struct exec *x, uint32_t list, uint32_t n, bool is_list, struct value *out)
{
    struct list *l;
    struct value v = {0};

    *out = v;
    if (n == 0)
        return true;
    if (!is_list && !eval_value(x, x->p->values[list], &v))
        return false;
    if (!is_list && v.tag == VALUE_LIST) {
        *out = resent(x, list_of(v));
        return true;
    }
    if (!is_list && v.tag != VALUE_REQUEST) {
        *out = value_copy(x->m->rt, v);
        return true;
    }
    l = list_new(x->m->rt, n);
    for (uint32_t i = 0; i < n; i++) {
        if (!eval_value(x, x->p->values[list + i], &v) || v.tag == VALUE_LIST) {
            handle_drop(x->m->rt, &l->h);
            if (!x->b->panic)
                begin_panic(x, "a list cannot be part of a list");
            return false;
        }
        l->items[i] = value_copy(x->m->rt, v);
    }
    *out = sealed(x, l);
    return true;
}

/* ---- binding */

static void take_in_hand(struct exec *x, const struct list *l)
{
    for (uint32_t i = 0; l->from && i < l->n; i++) {
        if (l->items[i].tag == VALUE_REQUEST) {
            world_take(x->m, x->g, world_request_hand(l->items[i]), l->from, l->sent);
            return;
        }
    }
}

static int wrong_number(struct exec *x, uint32_t names, uint32_t values, struct value *v)
{
    value_drop(x->m->rt, v);
    return begin_panic(x, "%u name%s for a message of %u value%s", (unsigned)names, names == 1 ? "" : "s",
                       (unsigned)values, values == 1 ? "" : "s");
}

/* Binds what came to the names; takes v over. DONE or PANIC. */
static int bind_message(struct exec *x, uint32_t list, uint32_t n, struct value v)
{
    const int32_t *names = &x->p->names[list];
    struct list *l = v.tag == VALUE_LIST ? list_of(v) : NULL;

    if (n == 0 || v.tag == VALUE_NONE) {
        for (uint32_t i = 0; i < n; i++)
            bind(x, names[i], (struct value){0});
        value_drop(x->m->rt, &v);
        return DONE;
    }
    if (l)
        take_in_hand(x, l);
    if (!l || (n == 1 && l->n != 1)) {
        if (n != 1)
            return wrong_number(x, n, 1, &v);
        bind(x, names[0], v);
        return DONE;
    }
    if (n != l->n)
        return wrong_number(x, n, l->n, &v);
    for (uint32_t i = 0; i < n; i++)
        bind(x, names[i], value_copy(x->m->rt, l->items[i]));
    value_drop(x->m->rt, &v);
    return DONE;
}

/* ---- send, receive, close */

int ins_SEND(struct exec *x)
{
    struct chan_op *op = &x->g->op.chan;
    struct value c;

    if (!eval_ref(x, x->i->a, KIND_CHANNEL, &c))
        return PANIC;
    if (!op->at && !message(x, x->i->list, x->i->n, x->i->flags & INS_LIST, &op->value))
        return PANIC;
    return chan_send(x->m, x->g, chan_of(c), op);
}

int ins_RECV(struct exec *x)
{
    struct chan_op *op = &x->g->op.chan;
    struct value c, came;
    int end;

    if (!eval_ref(x, x->i->a, KIND_CHANNEL, &c))
        return PANIC;
    end = chan_recv(x->m, x->g, chan_of(c), op);
    if (end != DONE)
        return end;
    if (!op->ok && (x->i->flags & INS_ELSE)) {
        x->f->pc = x->i->to;
        return JUMPED;
    }
    came = op->value;
    op->value = (struct value){0};
    return bind_message(x, x->i->list, x->i->n, came);
}

int ins_CLOSE(struct exec *x)
{
    struct value c;

    if (!eval_ref(x, x->i->a, KIND_CHANNEL, &c))
        return PANIC;
    return chan_close(x->m, x->g, chan_of(c));
}

/* ---- select */

static bool prepare_case(struct exec *x, const struct case_code *code, struct select_case *c)
{
    struct context *ctx;
    struct value v;

    switch (code->how) {
    case CASE_AFTER:
        c->dir = SELECT_AFTER;
        return eval_int(x, code->a, KIND_DURATION, 0, &c->after);
    case CASE_DONE:
        c->dir = SELECT_DONE;
        if (!eval_context(x, code->a, &ctx))
            return false;
        c->c = context_done_chan(x->m->rt, ctx);
        return true;
    case CASE_SEND:
        c->dir = SELECT_SEND;
        if (!message(x, code->list, code->n, code->is_list, &c->value))
            return false;
        break;
    default:
        c->dir = SELECT_RECV;
        break;
    }
    if (!eval_ref(x, code->a, KIND_CHANNEL, &v))
        return false;
    c->c = chan_of(v);
    return true;
}

void cases_free(struct rt *rt, const struct ins *i, struct select_op *op)
{
    held_free(rt, op->cases, op->cases ? i->n * sizeof *op->cases : 0);
    op->cases = NULL;
    op->n = 0;
}

static void drop_cases(struct exec *x)
{
    struct select_op *op = &x->g->op.select;

    for (uint16_t i = 0; i < op->n; i++)
        value_drop(x->m->rt, &op->cases[i].value);
    cases_free(x->m->rt, x->i, op);
}

/* The cases but for `default`, in the order of the file. */
static bool prepare_select(struct exec *x)
{
    struct select_op *op = &x->g->op.select;
    const struct case_code *codes = &x->p->cases[x->i->list];

    op->cases = held_new(x->m->rt, x->i->n * sizeof *op->cases);
    for (uint16_t i = 0; i < x->i->n; i++) {
        if (codes[i].how == CASE_DEFAULT) {
            op->has_default = true;
        } else if (!prepare_case(x, &codes[i], &op->cases[op->n++])) {
            drop_cases(x);
            return false;
        }
    }
    return true;
}

/* The case that proceeded; -1 is `default`. */
static const struct case_code *chosen_case(const struct exec *x, int chosen)
{
    const struct case_code *codes = &x->p->cases[x->i->list];
    int n = 0;

    for (;; codes++) {
        if (codes->how == CASE_DEFAULT ? chosen < 0 : n++ == chosen)
            return codes;
    }
}

int ins_SELECT(struct exec *x)
{
    struct select_op *op = &x->g->op.select;
    const struct case_code *code;
    struct value came = {0};
    int end;

    if (!op->cases && !prepare_select(x))
        return PANIC;
    end = op_select(x->m, x->g, op);
    if (end != DONE) {
        if (end == PANIC)
            drop_cases(x);
        return end;
    }
    code = chosen_case(x, op->chosen);
    if (code->how == CASE_RECV) {
        came = op->cases[op->chosen].value;
        op->cases[op->chosen].value = (struct value){0};
    }
    drop_cases(x);
    if (code->how == CASE_RECV && bind_message(x, code->list, code->n, came) == PANIC)
        return PANIC;
    x->f->pc = code->to;
    return JUMPED;
}
