#include "runtime/program/verbs.h"

#include <string.h>

#include "base/mem.h"

/* clang-format off */
const struct verb_def verb_defs[VERB_COUNT] = {
#define VERB(sym, word, arg, help) [VERB_##sym] = {word, ARG_##arg, false, false, help},
#define CASE(sym, word, arg, help) [VERB_##sym] = {word, ARG_##arg, true, false, help},
#define LATER(sym, word, help) [VERB_##sym] = {word, ARG_NOTHING, false, true, help},
    VERBS(VERB, CASE, LATER, VERB_NOTHING, VERB_NOTHING, VERB_NOTHING)
#undef VERB
#undef CASE
#undef LATER
};

static const struct option_def options[] = {
#define NEEDS(verb, opt, arg, help) {VERB_##verb, OPT_##opt, ARG_##arg, true, false, help},
#define MAY(verb, opt, arg, help) {VERB_##verb, OPT_##opt, ARG_##arg, false, false, help},
#define LATER(verb, opt, help) {VERB_##verb, OPT_##opt, ARG_NOTHING, false, true, help},
    VERBS(VERB_NOTHING, VERB_NOTHING, VERB_NOTHING, NEEDS, MAY, LATER)
#undef NEEDS
#undef MAY
#undef LATER
};

const char *const option_words[OPTION_COUNT] = {
#define WORD(sym, word) [OPT_##sym] = word,
    OPTION_WORDS(WORD)
#undef WORD
};

const char *const arg_names[ARG_KINDS] = {
#define ARG(sym, name) [ARG_##sym] = name,
    ARGS(ARG)
#undef ARG
};
/* clang-format on */

const struct option_def *option_defs(size_t *n)
{
    *n = ARRAY_LEN(options);
    return options;
}

int verb_find(const char *word, bool is_case)
{
    for (int v = 0; v < VERB_COUNT; v++) {
        if (verb_defs[v].is_case == is_case && strcmp(verb_defs[v].word, word) == 0)
            return v;
    }
    return -1;
}

int option_find(const char *word)
{
    for (int o = 0; o < OPTION_COUNT; o++) {
        if (strcmp(option_words[o], word) == 0)
            return o;
    }
    return -1;
}

const struct option_def *verb_option(enum verb verb, enum option option)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].verb == verb && options[i].option == option)
            return &options[i];
    }
    return NULL;
}

size_t verb_words(const char *out[VERB_COUNT], bool is_case)
{
    size_t n = 0;

    for (int v = 0; v < VERB_COUNT; v++) {
        if (verb_defs[v].is_case == is_case && !verb_defs[v].later)
            out[n++] = verb_defs[v].word;
    }
    return n;
}

size_t verb_option_words(enum verb verb, const char *out[OPTION_COUNT])
{
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].verb == verb && !options[i].later)
            out[n++] = option_words[options[i].option];
    }
    return n;
}
