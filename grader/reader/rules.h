/* rules.h: for every event, when it can happen, when it is a contradiction, and what it changes.
 *
 * rule_try answers for o->cursor's event:
 *   RULE_DONE      it happened: o->state has changed, the events for consumers are queued
 *   RULE_NOT_YET   something of another thread must come first; nothing has changed
 *   RULE_FAILED    no scheduler does that: *o->err
 *
 * The rules live in rules_proc.c, rules_go.c, rules_range.c and rules_user.c, one function for each event
 * or pair of events; what they share is here. A rule first asks whether it is too early, then whether
 * the thread holds what the event needs, then queues events (which checks their strings and stacks) and
 * changes the state. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "grader/reader/order.h"

enum rule_result { RULE_DONE, RULE_NOT_YET, RULE_FAILED };

enum rule_result rule_try(struct order *o);

/* Adds a note to the error: at which event the cursor's thread stands, and what that waits for
 * (rules_explain.c). */
void rule_explain(struct order *o, const struct cursor *c, struct trace_error *err);

/* What the context must hold, in the order in which it is complained about. */
enum needs {
    NEED_THREAD = 1,
    NEED_PROC = 2,
    NEED_GOROUTINE = 4,
    NEED_NO_GOROUTINE = 8,
    NEED_ALL = NEED_THREAD | NEED_PROC | NEED_GOROUTINE,
};
bool rule_needs(struct order *o, unsigned needs);

/* Sets *o->err to BROKEN_ORDER at the event, with the event and its thread named before the text. */
enum rule_result rule_fail(struct order *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Argument i as on the wire. */
static inline uint64_t rule_arg(const struct order *o, int i)
{
    return o->cursor->wire.arg[i];
}

/* The sequence number of a resource stated now, and the question whether `n` follows one. */
struct sequence rule_stated(const struct order *o);
bool rule_succeeds(const struct order *o, uint64_t n, struct sequence seq);
struct sequence rule_sequence(const struct order *o, uint64_t n);

bool rule_first_generation(const struct order *o);

/* Changes what the event's thread holds; "no thread" holds nothing. */
void rule_hold_g(struct order *o, uint64_t id);
void rule_hold_p(struct order *o, uint64_t id);

/* Queues an event with the context and its stack. NULL, and the error is set, if the stack is missing. */
struct trace_event *rule_event(struct order *o, enum trace_kind kind);

/* The same for a transition. */
struct trace_event *rule_transition(struct order *o, enum trace_resource resource, uint64_t id,
                                    enum trace_state from, enum trace_state to);

/* String argument i (0 or 1) of the event; NULL, and the error is set, if it is missing. */
struct gen_string *rule_text(struct order *o, int i);

/* The same as an id for the whole trace. */
bool rule_string(struct order *o, int i, uint32_t *id);

/* Names for messages. */
const char *rule_name(const struct order *o);
const char *g_status_name(enum wire_g_status status);
const char *p_status_name(enum wire_p_status status);

enum rule_result rule_procs_change(struct order *o);
enum rule_result rule_proc_status(struct order *o);
enum rule_result rule_proc_start(struct order *o);
enum rule_result rule_proc_stop(struct order *o);
enum rule_result rule_proc_steal(struct order *o);

enum rule_result rule_go_status(struct order *o);
enum rule_result rule_go_create(struct order *o);
enum rule_result rule_go_create_syscall(struct order *o);
enum rule_result rule_go_start(struct order *o);
enum rule_result rule_go_give_up(struct order *o); /* GoStop, GoBlock, GoDestroy */
enum rule_result rule_go_destroy_syscall(struct order *o);
enum rule_result rule_go_unblock(struct order *o);
enum rule_result rule_go_switch(struct order *o);
enum rule_result rule_go_syscall_begin(struct order *o);
enum rule_result rule_go_syscall_end(struct order *o);
enum rule_result rule_go_syscall_end_blocked(struct order *o);
enum rule_result rule_go_label(struct order *o);

enum rule_result rule_stw_begin(struct order *o);
enum rule_result rule_stw_end(struct order *o);
enum rule_result rule_gc_active(struct order *o);
enum rule_result rule_gc_begin(struct order *o);
enum rule_result rule_gc_end(struct order *o);
enum rule_result rule_sweep_active(struct order *o);
enum rule_result rule_sweep_begin(struct order *o);
enum rule_result rule_sweep_end(struct order *o);
enum rule_result rule_assist_active(struct order *o);
enum rule_result rule_assist_begin(struct order *o);
enum rule_result rule_assist_end(struct order *o);
enum rule_result rule_heap(struct order *o); /* HeapAlloc, HeapGoal */

enum rule_result rule_task_begin(struct order *o);
enum rule_result rule_task_end(struct order *o);
enum rule_result rule_region_begin(struct order *o);
enum rule_result rule_region_end(struct order *o);
enum rule_result rule_log(struct order *o);
enum rule_result rule_experimental(struct order *o);
