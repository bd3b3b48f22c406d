/* advice.h: what a reason of a verdict means and where to look, for the labs that have no hint of their own
 * for it. The reasons are those of scenarios/SCENARIO.md, section 5. */
#pragma once

#include "format/program.h"

/* clang-format off */
/*         reasons that begin so      what to think of */
#define ADVICE(TELL) \
    TELL("deadlock", \
         "Everybody waits, and the verdict says for what and at which line. For each line ask: who " \
         "could end this wait, and what does that one wait for? Two locks taken in two orders, a " \
         "channel that nobody reads any more, a waitgroup that is never done: one of them closes the " \
         "circle.") \
    TELL("panic", \
         "The program broke its own rules at the line that the verdict names. Read the text as Go " \
         "would print it, then ask what the other goroutines had done to that object just before.") \
    TELL("fatal", \
         "Go ends the process at once for this, and no deferred step runs. If it is an unlock: on " \
         "which path does a goroutine come to that line without the lock?") \
    TELL("livelock", \
         "The program is busy and gets nowhere. The verdict names who ran most: what does it wait for " \
         "in its loop, and can whoever would bring that get a turn, or the lock?") \
    TELL("budget", \
         "The program did not come to an end. Which loop has no exit, or which wait comes round again " \
         "and again? `main` must return once all requests are served.") \
    TELL("refused by region misuse", \
         "A region must end on the goroutine that began it, the last one begun first. Go's trace " \
         "readers refuse the whole trace otherwise, so that nothing else can be judged.") \
    TELL("truncated", \
         "The trace ends too early to be judged.") \
    TELL("corrupt", \
         "The trace cannot be read to its end, so that nothing can be judged by it.") \
    TELL("stopped early", \
         "The trace ends before the program does, so that nothing can be judged by it.") \
    TELL("missing", \
         "Work that belongs to a request was not done, or was done by a goroutine that does not know " \
         "for which request. Hand the request along, in `with:` or in the message, to whoever does its " \
         "work.") \
    TELL("late", \
         "The work was done, but nothing orders it before the answer: that it happened to be earlier " \
         "is luck. A channel, a waitgroup or the same goroutine must say that it is done before the " \
         "reply is sent.") \
    TELL("too many", \
         "Something with side effects is done more often than the request asks for. Who does it as " \
         "well?") \
    TELL("order", \
         "Two things were done in the wrong order, or nothing says which comes first. The verdict " \
         "names both.") \
    TELL("uncovered", \
         "What makes the answer safe must be complete before the answer leaves, and begun after the " \
         "work it covers.") \
    TELL("unanswered", \
         "A request got no answer. The verdict names one: which path leaves its handler without a " \
         "`reply`, or where does it wait for ever?") \
    TELL("wrong answer", \
         "A request was answered with another status than it should be. On which condition does the " \
         "answer depend?") \
    TELL("short answer", \
         "The answer has fewer bytes than were asked for. Every byte must be written before it is " \
         "sent.") \
    TELL("foreign answer", \
         "The answer holds bytes that another request wrote, or nobody. Who else has this buffer, and " \
         "since when?") \
    TELL("peak", \
         "The fix takes more of something than there is: it moved the cost to a resource that the " \
         "contract limits.") \
    TELL("race", \
         "Two goroutines touched the same thing, one of them wrote, and nothing orders them. The " \
         "verdict names both lines: which lock do both hold, exclusively where they write? If the " \
         "thing is a waitgroup, its first `add` must come before the `go`, not within the goroutine, " \
         "or `wait` may not see it.") \
    TELL("leak", \
         "A goroutine waits for somebody who has left, and will wait for ever. Who keeps the other " \
         "end, on every path?") \
    TELL("use after put", \
         "Whoever puts a buffer back gives it away: from then on it may be anybody's. Put it back " \
         "after the last use.") \
    TELL("put twice", \
         "A buffer was put back twice: two goroutines will get it. Who owns it, and who only borrows " \
         "it?") \
    TELL("end task", \
         "A task is ended that was never begun. Whose task did you mean to end, and through which name " \
         "do you reach it?") \
    TELL("double reply", \
         "A request was answered twice. Which two paths both think that they are the one that answers?") \
    TELL("still", \
         "The cause is still there. `" PROGRAM " report` names the place where most of that time goes " \
         "now: is it the same line as before, or another queue made of the same stuff?") \
    TELL("nothing recorded", \
         "Nothing is left to be wrong: an annotation that is deleted attributes nothing.") \
    TELL("moved to", \
         "The wait has changed its name. What the category was has gone down, and about as much has " \
         "come back as another one: the report says at which line.") \
    TELL("p50", \
         "The typical request is still too slow. What does one in the middle of `" PROGRAM " report " \
         "--requests` wait for?") \
    TELL("p9", \
         "Most requests are quick, a few are not. `" PROGRAM " report --requests` lists the slowest: " \
         "what do they have in common that the others do not?") \
    TELL("max", \
         "The slowest one decides. `" PROGRAM " report --requests` has it first: who is ahead of it all " \
         "the time?") \
    TELL("region ended", \
         "A region must end once, on the goroutine that began it, the last one begun first.") \
    TELL("task repeated", \
         "A task is begun more than once for a request: which two places both begin it?") \
    TELL("region repeated", \
         "A region is recorded more than once for a request: it stands in a loop, or in two places.") \
    TELL("log repeated", \
         "A log record is written more than once for a request: by whom, and at which two places?") \
    TELL("task", \
         "The annotations do not tell each request's story. A task is begun once per request, carries " \
         "its context to whoever works for it, and ends when that work and the reply are done.") \
    TELL("region", \
         "A region must be there for each request that comes that way, on the goroutine that does the " \
         "work, around all of it and nothing else, with the task's context.") \
    TELL("log", \
         "A log record is missing, or there are too many. It needs the context of the task that it " \
         "belongs to.")
/* clang-format on */

/* The advice on a reason, or NULL. */
const char *advice_on(const char *reason);
