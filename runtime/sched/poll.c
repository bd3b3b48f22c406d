/* The network poller, as the scheduler sees it: goroutines that wait for the outside. */
#include "runtime/sched/sched.h"
#include "runtime/sched/sysmon.h"
#include "runtime/sched/wake.h"

#define POLL_BATCH 128 /* Go: one epoll call fetches at most 128 events */

void brief_syscall(struct m *m)
{
    charge(m, COST_NET, 1);
    if (at_load(m->rt, &m->rt->sysmon_waits))
        sysmon_wake(m->rt);
}

enum end poll_park(struct m *m, enum leaf leaf)
{
    at_add(m->rt, &m->rt->poll_waiters, 1);
    return park_on(m, BLOCK_NETWORK, leaf, NULL);
}

uint32_t poll_take(struct rt *rt, struct g_list *ready)
{
    uint32_t n = rt->ops->poll_now(rt, ready, POLL_BATCH);

    at_add(rt, &rt->poll_waiters, (uint32_t)-n);
    return n;
}

void poll_tell(struct m *m, int64_t when)
{
    struct rt *rt = m->rt;

    if (at_load(rt, &rt->last_poll) != 0) {
        wake_p(m);
        return;
    }
    int64_t until = at_load(rt, &rt->poll_until);

    if (until == 0 || until > when)
        rt->ops->poll_break(rt);
}
