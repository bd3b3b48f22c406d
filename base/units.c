#include "base/units.h"

#include <string.h>

#include "base/mem.h"
#include "base/wide.h"

#define DECIMALS_MAX 9 /* digits after a point; more than any unit here can use */

struct unit {
    const char *name;
    enum unit_kind kind;
    int64_t factor;
};

static const struct unit units[] = {
    {"ns", UNIT_DURATION, 1},
    {"us", UNIT_DURATION, NS_PER_US},
    {"\u00b5s", UNIT_DURATION, NS_PER_US}, /* the micro sign */
    {"\u03bcs", UNIT_DURATION, NS_PER_US}, /* the Greek letter that looks like it */
    {"ms", UNIT_DURATION, NS_PER_MS},
    {"s", UNIT_DURATION, NS_PER_S},
    {"m", UNIT_DURATION, 60 * NS_PER_S},
    {"B", UNIT_SIZE, 1},
    {"KiB", UNIT_SIZE, BYTES_PER_KIB},
    {"MiB", UNIT_SIZE, BYTES_PER_MIB},
    {"GiB", UNIT_SIZE, BYTES_PER_GIB},
};

static const struct {
    const char *of_all;  /* "whole number of ..." */
    const char *missing; /* what to write */
    const char *list;
    const char *too_large;
} kinds[] = {
    [UNIT_NONE] = {NULL, NULL, NULL, "this number is too large: the largest is 9223372036854775807"},
    [UNIT_DURATION] = {"nanoseconds", "a unit is missing: `5us`, `5ms`?", "durations are ns, us, ms, s, m",
                       "this duration is too large: the largest is 292 years"},
    [UNIT_SIZE] = {"bytes", "a unit is missing: `64B`, `64KiB`?", "sizes are KiB, MiB, GiB",
                   "this size is too large: the largest is 8589934591 GiB"},
};

const char *units_missing(enum unit_kind kind)
{
    return kinds[kind].missing;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of other alphabets count as letters, so that a strange unit is reported whole. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static size_t count_while(const struct excerpt *e, size_t at, bool (*accepts)(char))
{
    size_t n = 0;

    while (at + n < e->len && accepts(e->text[at + n]))
        n++;
    return n;
}

/* Bytes of a whole number: digits, and `_` between two of them. */
static size_t count_digits(const struct excerpt *e, size_t at)
{
    size_t n = count_while(e, at, is_digit);

    while (n > 0 && at + n + 1 < e->len && e->text[at + n] == '_' && is_digit(e->text[at + n + 1]))
        n += 1 + count_while(e, at + n + 1, is_digit);
    return n;
}

/* A decimal number, exactly: digits / 10^scale. */
struct decimal {
    int64_t digits;
    int scale;
    size_t len; /* bytes of text */
};

static bool add_digits(struct decimal *n, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != '_' && (__builtin_mul_overflow(n->digits, INT64_C(10), &n->digits) ||
                               __builtin_add_overflow(n->digits, (int64_t)(text[i] - '0'), &n->digits)))
            return false;
    return true;
}

int64_t units_power_of_ten(int exponent)
{
    int64_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Reads a decimal at `at`. A point counts only with a digit behind it: `8..12` is a range. Zeros at
 * the end of a fraction say nothing and are dropped. */
static bool read_decimal(const struct excerpt *e, size_t at, struct decimal *n, struct diags *d)
{
    size_t whole = count_digits(e, at), fraction = 0;
    const char *text = e->text + at;

    *n = (struct decimal){.len = whole};
    if (whole == 0) {
        diags_error(d, excerpt_span(e, at, e->len - at), "expected a number");
        return false;
    }
    if (at + whole < e->len && text[whole] == '.')
        fraction = count_while(e, at + whole + 1, is_digit);
    if (fraction > 0)
        n->len = whole + 1 + fraction;
    while (fraction > 0 && text[whole + fraction] == '0')
        fraction--;
    if (fraction > DECIMALS_MAX) {
        diags_error(d, excerpt_span(e, at, n->len), "at most %d digits after the point", DECIMALS_MAX);
        return false;
    }
    n->scale = (int)fraction;
    if (add_digits(n, text, whole) && add_digits(n, text + whole + 1, fraction))
        return true;
    diags_error(d, excerpt_span(e, at, n->len), "%s", kinds[UNIT_NONE].too_large);
    return false;
}

static const struct unit *find_unit(const char *text, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strlen(units[i].name) == len && memcmp(units[i].name, text, len) == 0)
            return &units[i];
    return NULL;
}

/* KB, mb, K, Gib ... mean a size; anything else was meant as a time. */
static bool looks_like_size(const char *text, size_t len)
{
    return len > 0 && (strchr("KMGTkgb", text[0]) || text[len - 1] == 'B' || text[len - 1] == 'b');
}

static bool unknown_unit(const struct excerpt *e, size_t at, size_t len, struct diags *d)
{
    const char *text = e->text + at;
    enum unit_kind kind = looks_like_size(text, len) ? UNIT_SIZE : UNIT_DURATION;

    diags_error(d, excerpt_span(e, at, len), "unknown unit '%.*s'; %s", (int)len, text, kinds[kind].list);
    return false;
}

static bool scale_by(const struct decimal *n, int64_t factor, const struct excerpt *literal,
                     struct unit_literal *out, struct diags *d)
{
    int128 value = (int128)n->digits * factor;
    int64_t divisor = units_power_of_ten(n->scale);

    if (value % divisor != 0) {
        if (kinds[out->kind].of_all)
            diags_error(d, literal->span, "%.*s is not a whole number of %s", (int)literal->len,
                        literal->text, kinds[out->kind].of_all);
        else
            diags_error(d, literal->span, "%.*s is not a whole number", (int)literal->len, literal->text);
        return false;
    }
    value /= divisor;
    if (value > INT64_MAX) {
        diags_error(d, literal->span, "%s", kinds[out->kind].too_large);
        return false;
    }
    out->value = (int64_t)value;
    return true;
}

bool units_literal(const struct excerpt *e, size_t at, struct unit_literal *out, struct diags *d)
{
    const struct unit *unit = NULL;
    struct excerpt literal;
    struct decimal n;
    size_t letters;

    if (!read_decimal(e, at, &n, d))
        return false;
    letters = count_while(e, at + n.len, is_letter);
    if (letters > 0) {
        unit = find_unit(e->text + at + n.len, letters);
        if (!unit)
            return unknown_unit(e, at + n.len, letters, d);
    }
    literal = excerpt_part(e, at, n.len + letters);
    *out = (struct unit_literal){.kind = unit ? unit->kind : UNIT_NONE, .len = literal.len};
    return scale_by(&n, unit ? unit->factor : 1, &literal, out, d);
}

/* `wanted` and nothing else in the whole excerpt. */
static bool read_alone(const struct excerpt *whole, enum unit_kind wanted, int64_t *value, struct diags *d)
{
    static const char *const names[] = {"a number", "a duration", "a size"};
    struct excerpt e = excerpt_part(whole, 0, whole->len);
    struct unit_literal literal;

    if (e.len == 0 || !is_digit(e.text[0])) {
        diags_error(d, e.span, "expected %s, found '%.*s'", names[wanted], (int)e.len, e.text);
        return false;
    }
    if (!units_literal(&e, 0, &literal, d))
        return false;
    if (literal.len < e.len) {
        diags_error(d, excerpt_span(&e, literal.len, e.len - literal.len),
                    "expected %s and nothing behind it", names[wanted]);
        return false;
    }
    if (literal.kind == UNIT_NONE && wanted != UNIT_NONE) {
        diags_error(d, e.span, "%s", units_missing(wanted));
        return false;
    }
    if (literal.kind != wanted) {
        diags_error(d, e.span, "expected %s, found %s", names[wanted], names[literal.kind]);
        return false;
    }
    *value = literal.value;
    return true;
}

bool units_duration(const struct excerpt *e, int64_t *ns, struct diags *d)
{
    return read_alone(e, UNIT_DURATION, ns, d);
}

bool units_size(const struct excerpt *e, int64_t *bytes, struct diags *d)
{
    return read_alone(e, UNIT_SIZE, bytes, d);
}

bool units_count(const struct excerpt *e, int64_t *count, struct diags *d)
{
    return read_alone(e, UNIT_NONE, count, d);
}

/* A decimal that is the whole excerpt. */
static bool read_decimal_alone(const struct excerpt *whole, struct decimal *n, struct diags *d)
{
    struct excerpt e = excerpt_part(whole, 0, whole->len);

    if (!read_decimal(&e, 0, n, d))
        return false;
    if (n->len == e.len)
        return true;
    diags_error(d, excerpt_span(&e, n->len, e.len - n->len), "expected a number and nothing behind it");
    return false;
}

struct ratio ratio_reduce(int64_t num, int64_t den)
{
    int64_t a = num < 0 ? -num : num, b = den;

    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return (struct ratio){num / a, den / a};
}

static bool read_percent(const struct excerpt *e, struct ratio *chance, struct diags *d)
{
    struct excerpt number = excerpt_part(e, 0, e->len - 1);
    struct decimal n;

    if (!read_decimal_alone(&number, &n, d))
        return false;
    *chance = ratio_reduce(n.digits, 100 * units_power_of_ten(n.scale));
    return true;
}

static bool read_fraction(const struct excerpt *e, size_t slash, struct ratio *chance, struct diags *d)
{
    struct excerpt num = excerpt_part(e, 0, slash);
    struct excerpt den = excerpt_part(e, slash + 1, e->len - slash - 1);
    int64_t n, of;

    if (!units_count(&num, &n, d) || !units_count(&den, &of, d))
        return false;
    if (of == 0) {
        diags_error(d, den.span, "division by zero");
        return false;
    }
    *chance = ratio_reduce(n, of);
    return true;
}

bool units_chance(const struct excerpt *whole, struct ratio *chance, struct diags *d)
{
    struct excerpt e = excerpt_part(whole, 0, whole->len);
    const char *slash = e.len ? memchr(e.text, '/', e.len) : NULL;
    bool read;

    if (e.len > 0 && e.text[e.len - 1] == '%') {
        read = read_percent(&e, chance, d);
    } else if (slash) {
        read = read_fraction(&e, (size_t)(slash - e.text), chance, d);
    } else {
        diags_error(d, e.span, "expected a chance such as `30%%` or `3/10`, found '%.*s'", (int)e.len,
                    e.text);
        return false;
    }
    if (read && chance->num > chance->den) {
        diags_error(d, e.span, "a chance is at most 100%%");
        return false;
    }
    return read;
}

bool units_per(const struct excerpt *whole, struct excerpt *count, int64_t *ns, struct diags *d)
{
    struct excerpt e = excerpt_part(whole, 0, whole->len), name;
    const struct unit *unit;
    size_t slash = e.len;

    while (slash > 0 && e.text[slash - 1] != '/')
        slash--;
    if (slash == 0) {
        diags_error(d, e.span, "a unit is missing: `400/s`?");
        return false;
    }
    name = excerpt_part(&e, slash, e.len - slash);
    unit = find_unit(name.text, name.len);
    if (!unit || unit->kind != UNIT_DURATION) {
        diags_error(d, name.span, "a rate is per s, per ms or per m: `400/s`");
        return false;
    }
    *count = excerpt_part(&e, 0, slash - 1);
    *ns = unit->factor;
    return true;
}

bool units_rate(const struct excerpt *e, struct ratio *per_second, struct diags *d)
{
    struct excerpt count;
    struct decimal n;
    int64_t ns;

    if (!units_per(e, &count, &ns, d) || !read_decimal_alone(&count, &n, d))
        return false;
    return ratio_per_second(n.digits, units_power_of_ten(n.scale), ns, &e->span, per_second, d);
}

bool ratio_per_second(int64_t num, int64_t den, int64_t ns, const struct span *span, struct ratio *per_second,
                      struct diags *d)
{
    struct ratio count, second = ratio_reduce(NS_PER_S, ns);

    if (num <= 0) {
        diags_error(d, *span, "a rate must be more than 0");
        return false;
    }
    count = ratio_reduce(num, den);
    if (__builtin_mul_overflow(count.num, second.num, &num) ||
        __builtin_mul_overflow(count.den, second.den, &den)) {
        diags_error(d, *span, "this rate is too large");
        return false;
    }
    *per_second = ratio_reduce(num, den);
    return true;
}

bool units_is_range(const struct excerpt *e, struct excerpt *lo, struct excerpt *hi)
{
    for (size_t i = 0; i + 1 < e->len; i++) {
        if (e->text[i] != '.' || e->text[i + 1] != '.')
            continue;
        *lo = excerpt_part(e, 0, i);
        *hi = excerpt_part(e, i + 2, e->len - i - 2);
        return true;
    }
    return false;
}
