/* Quantities for people, and as one would type them. */
#include "base/units.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/wide.h"

/* num / den rounded half up, for num >= 0. */
static int128 divide_round(int128 num, int128 den)
{
    return (num + den / 2) / den;
}

static void add_fixed(struct strbuf *b, int128 value, int digits)
{
    int64_t unit = units_power_of_ten(digits);

    strbuf_addf(b, "%lld", (long long)(value / unit));
    if (digits > 0)
        strbuf_addf(b, ".%0*lld", digits, (long long)(value % unit));
}

/* The size of a number as an unsigned one, which INT64_MIN has too, and its sign into the text. */
static int128 add_sign(struct strbuf *b, int64_t value)
{
    if (value < 0)
        strbuf_addch(b, '-');
    return value < 0 ? -(int128)value : value;
}

void units_add_fixed(struct strbuf *b, int64_t value, int digits)
{
    add_fixed(b, add_sign(b, value), digits);
}

void units_add_ratio(struct strbuf *b, int64_t num, int64_t den, int digits)
{
    int128 scaled = (num < 0 ? -(int128)num : num) * units_power_of_ten(digits);
    int128 rounded = divide_round(scaled, den);

    if (num < 0 && rounded > 0)
        strbuf_addch(b, '-');
    add_fixed(b, rounded, digits);
}

void units_add_percent(struct strbuf *b, int64_t part, int64_t whole, int digits)
{
    int128 scaled = (int128)part * 100 * units_power_of_ten(digits);

    add_fixed(b, whole > 0 ? divide_round(scaled, whole) : 0, digits);
}

/* value / unit with three significant digits and no zeros at a fraction's end; false, and nothing
 * added, if it rounds to `limit` or more, where the next unit reads better. */
static bool add_significant(struct strbuf *b, int128 value, int64_t unit, int64_t limit)
{
    int digits = value < 10 * (int128)unit ? 2 : value < 100 * (int128)unit ? 1 : 0;
    int128 scaled = divide_round(value * units_power_of_ten(digits), unit);

    if (scaled >= (int128)limit * units_power_of_ten(digits))
        return false;
    while (digits > 0 && scaled % 10 == 0) {
        scaled /= 10;
        digits--;
    }
    add_fixed(b, scaled, digits);
    return true;
}

/* What people are shown, from the smallest up. */
struct step {
    const char *name;
    int64_t factor;
};

// clang-format off
static const struct step durations[] = {
    {"ns", 1}, {"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}, {"m", 60 * NS_PER_S},
};

static const struct step sizes[] = {
    {"B", 1}, {"KiB", BYTES_PER_KIB}, {"MiB", BYTES_PER_MIB}, {"GiB", BYTES_PER_GIB},
};
// clang-format on

/* In the first of the steps in which the value is less than `limit`; false if there is none. */
static bool add_in_steps(struct strbuf *b, int128 value, const struct step *steps, size_t count,
                         int64_t limit)
{
    for (size_t i = 0; i < count; i++) {
        if (add_significant(b, value, steps[i].factor, limit)) {
            strbuf_addf(b, " %s", steps[i].name);
            return true;
        }
    }
    return false;
}

void units_add_duration(struct strbuf *b, int64_t ns)
{
    int128 value = add_sign(b, ns);
    int128 seconds = divide_round(value, NS_PER_S);

    if (add_in_steps(b, value, durations, 3, 1000) || add_in_steps(b, value, durations + 3, 1, 120))
        return;
    strbuf_addf(b, "%lldm %llds", (long long)(seconds / 60), (long long)(seconds % 60));
}

void units_add_size(struct strbuf *b, int64_t bytes)
{
    int128 value = add_sign(b, bytes);

    if (!add_in_steps(b, value, sizes, 3, 1024))
        add_in_steps(b, value, sizes + 3, 1, INT64_MAX);
}

static const char *as_text(char out[UNITS_MAX], void (*add)(struct strbuf *, int64_t), int64_t value)
{
    struct strbuf b = STRBUF_INIT;

    add(&b, value);
    snprintf(out, UNITS_MAX, "%s", b.text);
    strbuf_release(&b);
    return out;
}

const char *units_duration_text(char out[UNITS_MAX], int64_t ns)
{
    return as_text(out, units_add_duration, ns);
}

const char *units_size_text(char out[UNITS_MAX], int64_t bytes)
{
    return as_text(out, units_add_size, bytes);
}

/* In the largest step that divides the value. */
static const char *exact_text(char out[UNITS_MAX], const struct step *steps, size_t count, int64_t value)
{
    const struct step *best = &steps[0];

    for (size_t i = 1; i < count; i++)
        if (value != 0 && value % steps[i].factor == 0)
            best = &steps[i];
    snprintf(out, UNITS_MAX, "%lld%s", (long long)(value / best->factor), best->name);
    return out;
}

const char *units_duration_exact(char out[UNITS_MAX], int64_t ns)
{
    return exact_text(out, durations, ARRAY_LEN(durations), ns);
}

const char *units_size_exact(char out[UNITS_MAX], int64_t bytes)
{
    return exact_text(out, sizes, ARRAY_LEN(sizes), bytes);
}
