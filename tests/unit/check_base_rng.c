/* base/rng and base/dist: pinned values, exact quantiles, means */
#include <check.h>

#include "base/dist.h"
#include "base/mem.h"

Suite *base_rng_suite(void);

#define SAMPLES 200000

/* The draw below which a share of num/den of all draws lie. */
static uint64_t quantile(uint64_t num, uint64_t den)
{
    return UINT64_MAX / den * num;
}

static void assert_near(int64_t value, int64_t expected, int64_t tolerance)
{
    ck_assert_int_ge(value, expected - tolerance);
    ck_assert_int_le(value, expected + tolerance);
}

/* ---- the hash ------------------------------------------------------------------------------- */

/* Every trace and every verdict hangs on these: they may never change. */
START_TEST(draws_are_pinned)
{
    ck_assert_uint_eq(rng_draw(0, 0, 0, 0), UINT64_C(0xb6de1c5c2764ada5));
    ck_assert_uint_eq(rng_draw(1, 0, 0, 0), UINT64_C(0x1f95c98ee1d7859f));
    ck_assert_uint_eq(rng_draw(1, 2, 3, 4), UINT64_C(0xa7170da36a9ee445));
    ck_assert_uint_eq(rng_draw(UINT64_MAX, UINT32_MAX, UINT64_MAX, UINT64_MAX), UINT64_C(0xc8854233741ee46f));
    ck_assert_uint_eq(rng_pair(1, 2), UINT64_C(0x2cf180fbdbb38e9f));
    ck_assert_uint_eq(rng_pair(2, 1), UINT64_C(0x2406d3f94c8881b5));
    ck_assert_uint_eq(rng_text("rate"), UINT64_C(0xdb750ec7621f5e87));
}
END_TEST

START_TEST(places_of_a_key_do_not_mix)
{
    uint64_t a = rng_draw(1, 2, 3, 4);

    ck_assert_uint_ne(a, rng_draw(2, 1, 3, 4));
    ck_assert_uint_ne(a, rng_draw(1, 2, 4, 3));
    ck_assert_uint_ne(a, rng_draw(1, 3, 2, 4));
    ck_assert_uint_ne(a, rng_draw(4, 3, 2, 1));
}
END_TEST

/* Half of the bits change when one bit of the key does. */
START_TEST(every_bit_matters)
{
    for (int part = 0; part < 4; part++) {
        for (int bit = 0; bit < (part == 1 ? 32 : 64); bit++) {
            int changed = 0;

            for (uint64_t i = 0; i < 200; i++) {
                uint64_t key[4] = {i, i % 7, i * 3, i / 2};
                uint64_t before = rng_draw(key[0], (uint32_t)key[1], key[2], key[3]);

                key[part] ^= UINT64_C(1) << bit;
                changed += __builtin_popcountll(before ^ rng_draw(key[0], (uint32_t)key[1], key[2], key[3]));
            }
            ck_assert_int_gt(changed, 200 * 30);
            ck_assert_int_lt(changed, 200 * 34);
        }
    }
}
END_TEST

/* ---- fixed point ---------------------------------------------------------------------------- */

START_TEST(logarithms)
{
    ck_assert_int_eq(fixed_log2(1), 0);
    ck_assert_int_eq(fixed_log2(1024), INT64_C(10) << 32);
    ck_assert_int_eq(fixed_log2(UINT64_C(1) << 63), INT64_C(63) << 32);
    assert_near(fixed_log2(10), INT64_C(14267572527), 2); /* 3.321928094887362 */
    assert_near(fixed_log2(UINT64_MAX), INT64_C(64) << 32, 2);
}
END_TEST

START_TEST(powers)
{
    ck_assert_int_eq(fixed_exp2(0, 1000), 1000);
    ck_assert_int_eq(fixed_exp2(INT64_C(10) << 32, 3), 3072);
    ck_assert_int_eq(fixed_exp2(-(INT64_C(10) << 32), 3072), 3);
    ck_assert_int_eq(fixed_exp2(INT64_C(1) << 31, 1000000000), 1414213562);
    ck_assert_int_eq(fixed_exp2(-(INT64_C(1) << 31), 1000000000), 707106781);
    ck_assert_int_eq(fixed_exp2(INT64_C(63) << 32, 1), INT64_MAX);
    ck_assert_int_eq(fixed_exp2(INT64_C(62) << 32, 1), INT64_C(1) << 62);
    ck_assert_int_eq(fixed_exp2(INT64_MAX, 1), INT64_MAX);
    ck_assert_int_eq(fixed_exp2(INT64_MIN, INT64_MAX), 0);
    ck_assert_int_eq(fixed_exp2(INT64_MAX, 0), 0);
    for (uint64_t x = 1; x < 100000000; x = x * 5 / 3 + 1)
        assert_near(fixed_exp2(fixed_log2(x), 1 << 20), (int64_t)x << 20, (int64_t)(x >> 8) + 1);
}
END_TEST

/* Against the known quantiles of the normal distribution, times 2^32. */
START_TEST(normal_quantiles)
{
    static const struct {
        uint64_t num, den;
        int64_t z;
    } cases[] = {
        {1, 2, 0},
        {3, 4, 2896911419},       /* 0.674489750196082 */
        {975, 1000, 8417981215},  /* 1.959963984540054 */
        {99, 100, 9991588038},    /* 2.326347874040841 */
        {999, 1000, 13272446692}, /* 3.090232306167814 */
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t bits = quantile(cases[i].num, cases[i].den);

        assert_near(fixed_normal(bits), cases[i].z, 1 << 8);
        ck_assert_int_eq(fixed_normal(~bits), -fixed_normal(bits));
    }
    assert_near(fixed_normal(0), -INT64_C(39321687339), 1 << 8); /* -9.155294... */
}
END_TEST

START_TEST(normal_never_falls)
{
    int64_t last = INT64_MIN;

    for (uint64_t i = 0; i < 65536; i++) {
        int64_t z = fixed_normal(i << 48);

        ck_assert_int_gt(z, last);
        last = z;
    }
}
END_TEST

/* ---- samples -------------------------------------------------------------------------------- */

START_TEST(samples_are_pinned)
{
    static const int64_t expected[8][3] = {
        {1218, 1523802, 2036570}, {1617, 482774, 5176966}, {1139, 1972198, 1564073}, {1482, 728799, 3850730},
        {1312, 1165062, 2615600}, {1652, 427948, 5608862}, {1222, 1503523, 2063328}, {1251, 1380206, 2239512},
    };

    for (uint64_t i = 0; i < ARRAY_LEN(expected); i++) {
        uint64_t bits = rng_draw(7, 1, 0, i);

        ck_assert_int_eq(rng_uniform(bits, 1000, 2000), expected[i][0]);
        ck_assert_int_eq(rng_exponential(bits, 1000000), expected[i][1]);
        ck_assert_int_eq(rng_lognormal(bits, 4000000, 30000000), expected[i][2]);
    }
}
END_TEST

START_TEST(uniform_reaches_both_ends)
{
    ck_assert_int_eq(rng_uniform(0, 5, 8), 5);
    ck_assert_int_eq(rng_uniform(UINT64_MAX, 5, 8), 8);
    ck_assert_int_eq(rng_uniform(quantile(1, 4) + 1, 5, 8), 6);
    ck_assert_int_eq(rng_uniform(12345, 7, 7), 7);
    ck_assert_int_eq(rng_uniform(0, INT64_MIN, INT64_MAX), INT64_MIN);
    ck_assert_int_eq(rng_uniform(UINT64_MAX, INT64_MIN, INT64_MAX), INT64_MAX);
    ck_assert_int_eq(rng_uniform(UINT64_C(1) << 63, INT64_MIN, INT64_MAX), 0);
}
END_TEST

START_TEST(exponential_quantiles)
{
    ck_assert_int_eq(rng_exponential(quantile(1, 2), 1000000), 693147);
    ck_assert_int_eq(rng_exponential(quantile(1, 100), 1000000), 4605170);
    ck_assert_int_eq(rng_exponential(UINT64_MAX, 1000000), 0);
    ck_assert_int_eq(rng_exponential(0, 1000000), 44361420);
    ck_assert_int_eq(rng_exponential(5, 0), 0);
    ck_assert_int_eq(rng_exponential(0, INT64_MAX), INT64_MAX);
}
END_TEST

START_TEST(lognormal_quantiles)
{
    ck_assert_int_eq(rng_lognormal(quantile(1, 2), 4000000, 30000000), 4000000);
    assert_near(rng_lognormal(quantile(99, 100), 4000000, 30000000), 30000000, 3);
    assert_near(rng_lognormal(quantile(1, 100), 4000000, 30000000), 533333, 1);
    ck_assert_int_eq(rng_lognormal(12345, 5000, 5000), 5000);
    ck_assert_int_eq(rng_lognormal(UINT64_MAX, INT64_MAX / 2, INT64_MAX), INT64_MAX);
}
END_TEST

/* The mean of many samples. */
static int64_t mean_of(const struct dist *d)
{
    int64_t sum = 0;

    for (uint64_t i = 0; i < SAMPLES; i++)
        sum += dist_sample(d, 42, 1, 0, i);
    return sum / SAMPLES;
}

START_TEST(means)
{
    struct dist constant = {.kind = DIST_CONSTANT, .lo = 77};
    struct dist uniform = {.kind = DIST_UNIFORM, .lo = 8000000, .hi = 12000000};
    struct dist exponential = {.kind = DIST_EXPONENTIAL, .lo = 5000000};
    struct dist lognormal = {.kind = DIST_LOGNORMAL, .lo = 4000000, .hi = 30000000};

    ck_assert_int_eq(mean_of(&constant), 77);
    assert_near(mean_of(&uniform), 10000000, 10000);
    assert_near(mean_of(&exponential), 5000000, 35000);
    assert_near(mean_of(&lognormal), 5821700, 50000); /* 4 ms e^(s^2/2), s = ln 7.5 / 2.32635 */
}
END_TEST

START_TEST(chances_and_choices)
{
    static const int64_t choices[] = {4, 8, 16};
    struct dist chance = {.kind = DIST_CHANCE, .lo = 3, .hi = 10};
    struct dist never = {.kind = DIST_CHANCE, .lo = 0, .hi = 1};
    struct dist always = {.kind = DIST_CHANCE, .lo = 1, .hi = 1};
    struct dist choice = {.kind = DIST_CHOICE, .lo = 3, .choices = choices};
    int64_t hits = 0, seen[17] = {0};

    for (uint64_t i = 0; i < SAMPLES; i++) {
        hits += dist_sample(&chance, 42, 1, 0, i);
        ck_assert_int_eq(dist_sample(&never, 42, 1, 0, i), 0);
        ck_assert_int_eq(dist_sample(&always, 42, 1, 0, i), 1);
        seen[dist_sample(&choice, 42, 2, 0, i)]++;
    }
    assert_near(hits, SAMPLES * 3 / 10, 700);
    assert_near(seen[4], SAMPLES / 3, 700);
    assert_near(seen[8], SAMPLES / 3, 700);
    assert_near(seen[16], SAMPLES / 3, 700);
}
END_TEST

START_TEST(zipf_ranks)
{
    struct arena arena = {0};
    const struct zipf *z = zipf_new(&arena, 500), *one = zipf_new(&arena, 1);
    struct dist d = {.kind = DIST_ZIPF, .zipf = z};
    int64_t seen[500] = {0};

    ck_assert_uint_eq(zipf_rank(z, 0), 0);
    ck_assert_uint_eq(zipf_rank(z, UINT64_MAX), 499);
    ck_assert_uint_eq(zipf_rank(one, UINT64_MAX), 0);
    for (uint64_t i = 0; i < SAMPLES; i++)
        seen[dist_sample(&d, 42, 1, 0, i)]++;
    assert_near(seen[0], 29443, 500); /* 1 / H(500) = 0.147214 of them */
    assert_near(seen[1], 14721, 400);
    assert_near(seen[9], 2944, 200);
    ck_assert_int_gt(seen[499], 0);
    arena_release(&arena);
}
END_TEST

START_TEST(mixtures)
{
    struct dist_branch branches[] = {
        {99, {.kind = DIST_CONSTANT, .lo = 5}},
        {1, {.kind = DIST_UNIFORM, .lo = 100, .hi = 300}},
    };
    struct dist d = {.kind = DIST_MIX, .lo = 2, .hi = 100, .branches = branches};
    int64_t slow = 0, sum = 0;

    for (uint64_t i = 0; i < SAMPLES; i++) {
        int64_t value = dist_sample(&d, 42, 1, 0, i);

        ck_assert(value == 5 || (value >= 100 && value <= 300));
        slow += value != 5;
        sum += value != 5 ? value : 0;
    }
    assert_near(slow, SAMPLES / 100, 150);
    assert_near(sum / slow, 200, 5); /* the branch draws for itself */
}
END_TEST

Suite *base_rng_suite(void)
{
    Suite *s = suite_create("base/rng");
    TCase *hash = tcase_create("hash"), *fixed = tcase_create("fixed"), *samples = tcase_create("samples");

    tcase_add_test(hash, draws_are_pinned);
    tcase_add_test(hash, places_of_a_key_do_not_mix);
    tcase_add_test(hash, every_bit_matters);
    suite_add_tcase(s, hash);

    tcase_add_test(fixed, logarithms);
    tcase_add_test(fixed, powers);
    tcase_add_test(fixed, normal_quantiles);
    tcase_add_test(fixed, normal_never_falls);
    suite_add_tcase(s, fixed);

    tcase_add_test(samples, samples_are_pinned);
    tcase_add_test(samples, uniform_reaches_both_ends);
    tcase_add_test(samples, exponential_quantiles);
    tcase_add_test(samples, lognormal_quantiles);
    tcase_add_test(samples, means);
    tcase_add_test(samples, chances_and_choices);
    tcase_add_test(samples, zipf_ranks);
    tcase_add_test(samples, mixtures);
    suite_add_tcase(s, samples);
    return s;
}
