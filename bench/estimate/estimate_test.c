// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the boot file's reader and of the estimator, on data whose answer is
 * known. Prints one line per check and a sum at the end; exit status 1 if any
 * failed.
 */
#define _GNU_SOURCE
#include "estimate/estimator.h"
#include "estimate/synth.h"
#include "lib/random.h"
#include "lib/util.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned int passed, failed;

static __attribute__((format(printf, 2, 3))) void check(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%s - ", ok ? "ok" : "not ok");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (ok)
		passed++;
	else
		failed++;
}

/* A row under test: index 0 is the baseline, 1 the control, 2 the hook. */
#define BASE   { .hook = "none", .mechanism = "none", .flavour = "-", .site = "-", .output = "-" }
#define CONTROL { .hook = "none", .mechanism = "none", .flavour = "-", .site = "-", \
		  .output = "control" }
/* The first two on a kernel whose own exit takes one of two paths, two instructions apart. */
#define OWN_PATHS(row) { .hook = "none", .mechanism = "none", .flavour = "-", .site = "-", \
			 .output = row, .paths = { { 0, 1 }, { 2, 1 } } }
#define HOOK(...) { .hook = "hook", .mechanism = "kprobe", .flavour = "-", .site = "do_exit", \
		    .output = "count", __VA_ARGS__ }

static const struct synth_row plain[] = { BASE, CONTROL, HOOK(.paths = { { 118, 1 } }) };

/* What the feasibility trial saw: overlap about two thirds, drift, 3 % interrupts. */
static const struct synth usual = {
	.kernel = "6.12", .boot = 1, .seed = 1, .comb = 4, .rounds = 20, .per_block = 200,
	.teeth = 12, .drift = 1, .walk = 0.3, .noise = 0.03, .rows = plain, .nr_rows = 3,
};

/**
 * struct trial - two boots and what compare() made of them
 * @boots: parsed
 * @c: the comparison
 * @hook: result of the row under test
 */
struct trial {
	struct boot *boots[2];
	struct comparison c;
	struct result *hook;
};

static struct boot *parse_text(const char *text, size_t len, char **err)
{
	FILE *f = len ? fmemopen((void *)text, len, "r") : fopen("/dev/null", "re");
	struct boot *boot;

	if (!f)
		die("cannot open a string");
	boot = boot_parse(f, "test", err);
	fclose(f);
	return boot;
}

static char *synth_text(const struct synth *s, size_t *len)
{
	char *text = NULL, *copy;
	FILE *f = open_memstream(&text, len);

	if (!f)
		die("cannot open a string");
	synth_write(s, f);
	fclose(f);
	copy = xstrdup(text);
	free(text);
	return copy;
}

static struct boot *synth_boot(const struct synth *s)
{
	char *err = NULL;
	size_t len;
	char *text = synth_text(s, &len);
	struct boot *boot = parse_text(text, len, &err);

	if (!boot)
		die("a made-up boot is refused: %s", err);
	free(text);
	return boot;
}

/* Boots from @a and @b; one boot only if @b is NULL. */
static void trial(struct trial *t, const struct synth *a, const struct synth *b)
{
	memset(t, 0, sizeof(*t));
	t->boots[0] = synth_boot(a);
	if (b)
		t->boots[1] = synth_boot(b);
	t->c = (struct comparison){ .kernel = a->kernel, .nr_boots = b ? 2 : 1, .boots = t->boots };
	compare(&t->c);
	for (size_t i = 0; i < t->c.nr; i++)
		if (!t->c.results[i].control)
			t->hook = &t->c.results[i];
	if (!t->hook)
		die("the row under test has no result");
}

static void trial_end(struct trial *t)
{
	compare_free(&t->c);
	boot_free(t->boots[0]);
	boot_free(t->boots[1]);
}

/* Two boots of @s that differ in their random numbers and in their comb. */
static void trial_of(struct trial *t, const struct synth *s)
{
	struct synth second = *s;

	second.boot++;
	second.seed += 1000003;
	second.comb += 77;
	trial(t, s, &second);
}

static void describe(const char *name, const struct trial *t)
{
	printf("# %s: shift %" PRId64 ", range %" PRId64 "..%" PRId64 ", gate %s, overlap", name,
	       t->hook->shift, t->hook->lo, t->hook->hi, first_gate(t->hook->gates));
	for (size_t i = 0; i < t->hook->nr; i++)
		printf(" %.3f/%.3f share %.2f", t->hook->seen[i].match.overlap,
		       t->hook->seen[i].match.rival, t->hook->seen[i].share);
	putchar('\n');
}

static void expect_shift(const char *name, const struct synth *s, int64_t shift)
{
	struct trial t;

	trial_of(&t, s);
	describe(name, &t);
	check(!t.hook->gates && t.hook->shift == shift, "%s: %" PRId64, name, shift);
	trial_end(&t);
}

static bool failed_gate(const struct result *r, enum gate g)
{
	return r->gates & GATE_BIT(g);
}

static void expect_gate(const char *name, const struct synth *s, enum gate g)
{
	struct trial t;

	trial_of(&t, s);
	describe(name, &t);
	check(failed_gate(t.hook, g), "%s: refused, gate %s", name, gate_name(g));
	trial_end(&t);
}

static struct synth with(const struct synth_row *rows)
{
	struct synth s = usual;

	s.rows = rows;
	return s;
}

static void test_shifts(void)
{
	static const int64_t shifts[] = { 0, 1, 2, 7, 46, 118, 1077, 6291, 250000, -1, -35 };
	struct synth s = usual;

	for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
		const struct synth_row rows[] = { BASE, CONTROL, HOOK(.paths = { { shifts[i], 1 } }) };

		s.rows = rows;
		expect_shift("shift", &s, shifts[i]);
	}

	s = usual;
	s.drift = s.walk = s.noise = 0;
	expect_shift("still comb without noise", &s, 118);
	s.teeth = 1;
	expect_shift("a single tooth", &s, 118);
	s = usual;
	s.drift = 3;
	expect_shift("comb whose teeth drift fast", &s, 118);
	s = usual;
	s.walk = 1.5;
	expect_shift("comb that walks", &s, 118);
	s = usual;
	s.noise = 0.15;
	expect_shift("15 % of interrupts", &s, 118);
}

static void test_control(void)
{
	static const struct synth_row crooked[] = {
		BASE,
		{ .hook = "none", .mechanism = "none", .flavour = "-", .site = "-",
		  .output = "control", .paths = { { 1, 1 } } },
		HOOK(.paths = { { 118, 1 } }),
	};
	static const struct synth_row missing[] = { BASE, HOOK(.paths = { { 118, 1 } }) };
	static const struct synth_row unclean[] = {
		{ .hook = "none", .mechanism = "none", .flavour = "-", .site = "-",
		  .output = "-", .proof = "a probe on do_exit" },
		CONTROL, HOOK(.paths = { { 118, 1 } }),
	};
	struct synth s = usual;
	struct trial t;

	trial_of(&t, &s);
	check(t.c.results[0].control && !t.c.results[0].gates && !t.c.results[0].shift &&
	      t.c.results[0].hits == NOT_TOLD, "no hook against no hook: 0");
	trial_end(&t);

	s = with(crooked);
	expect_gate("control off by one", &s, GATE_CONTROL);
	s = with(missing);
	s.nr_rows = 2;
	expect_gate("no control", &s, GATE_CONTROL);
	struct synth second = s;

	s = usual;
	second.seed++;
	trial(&t, &s, &second);
	check(failed_gate(t.hook, GATE_CONTROL), "control in one of two boots: refused, gate control");
	trial_end(&t);
	s = with(unclean);
	expect_gate("baseline on a site that is not clean", &s, GATE_CONTROL);
}

static void test_mixtures(void)
{
	static const struct synth_row even[] = { BASE, CONTROL,
						 HOOK(.paths = { { 118, 1 }, { 358, 1 } }) };
	static const struct synth_row near_even[] = { BASE, CONTROL,
						      HOOK(.paths = { { 118, 49 }, { 119, 51 } }) };
	static const struct synth_row mirrored[] = { BASE, CONTROL,
						     HOOK(.paths = { { 118, 51 }, { 119, 49 } }) };
	static const struct synth_row three_fifths[] = { BASE, CONTROL,
						       HOOK(.paths = { { 118, 60 }, { 358, 40 } }) };
	static const struct synth_row three[] = {
		BASE, CONTROL, HOOK(.paths = { { 118, 1 }, { 125, 1 }, { 140, 1 } })
	};
	static const struct synth_row rare[] = { BASE, CONTROL,
						 HOOK(.paths = { { 118, 95 }, { 358, 5 } }) };
	static const struct synth_row smeared[] = { BASE, CONTROL,
						    HOOK(.paths = { { 118, 1 } }, .spread = 64) };
	struct synth s = with(even);
	struct trial t;

	expect_gate("two paths, even", &s, GATE_RIVAL);
	expect_gate("two paths, even", &s, GATE_SHARE);
	trial_of(&t, &s);
	check(t.hook->has_range && t.hook->lo >= 60 && t.hook->lo <= 130 && t.hook->hi >= 300 &&
	      t.hook->hi <= 420, "two paths of 118 and 358, even: range %" PRId64 "..%" PRId64,
	      t.hook->lo, t.hook->hi);
	trial_end(&t);
	s = with(near_even);
	expect_gate("two paths, one instruction apart", &s, GATE_RIVAL);
	/* On a single tooth: the rival comes before the best shift, then after it. */
	s.teeth = 1;
	s.drift = s.walk = s.noise = 0;
	expect_gate("two paths on a single tooth", &s, GATE_RIVAL);
	s.rows = mirrored;
	expect_gate("two paths on a single tooth, the other way round", &s, GATE_RIVAL);
	s = with(three_fifths);
	expect_gate("two paths, 60 to 40", &s, GATE_SHARE);
	s = with(three);
	expect_gate("three paths", &s, GATE_SHARE);
	s = with(smeared);
	expect_gate("cost that varies from exit to exit", &s, GATE_OVERLAP);
	s = with(rare);
	expect_shift("rare second path, 5 %", &s, 118);
}

static void test_scatter(void)
{
	struct synth s = usual;

	s.teeth = 0;
	s.drift = s.walk = 0;
	expect_gate("random scatter without a comb", &s, GATE_OVERLAP);
	expect_gate("random scatter without a comb", &s, GATE_CONTROL);

	/* A narrow scatter overlaps well at many shifts. */
	static const struct synth_row narrow[] = {
		{ .hook = "none", .mechanism = "none", .flavour = "-", .site = "-",
		  .output = "-", .spread = 8 },
		{ .hook = "none", .mechanism = "none", .flavour = "-", .site = "-",
		  .output = "control", .spread = 8 },
		HOOK(.paths = { { 118, 1 } }, .spread = 8),
	};

	s = with(narrow);
	s.teeth = 1;
	s.noise = 0;
	expect_gate("narrow scatter: neighbours count", &s, GATE_CONTROL);
}

static void test_own_paths(void)
{
	static const struct synth_row constant[] = {
		OWN_PATHS("-"), OWN_PATHS("control"),
		HOOK(.paths = { { 118, 1 }, { 120, 1 } }),
	};
	/* What takes two more in one of three exits. */
	static const struct synth_row mixed[] = {
		OWN_PATHS("-"), OWN_PATHS("control"),
		HOOK(.paths = { { 118, 2 }, { 120, 3 }, { 122, 1 } }),
	};
	struct synth s = with(constant);

	s.drift = s.walk = 0;
	expect_shift("beside two paths of the kernel's own", &s, 118);
	s.per_block = 130;
	expect_shift("the same with few exits in a block", &s, 118);
	s.rows = mixed;
	expect_gate("a third path beside them", &s, GATE_RIVAL);
	/* A price that is no constant has a best shift, too. */
	static const struct synth_row smeared[] = { BASE, CONTROL,
						    HOOK(.paths = { { 118, 1 } }, .spread = 4) };

	s.rows = smeared;
	s.per_block = 130;
	s.rounds = 12;
	expect_gate("a lead by chance", &s, GATE_SURE);
}

/* The usual boots with two places edited; a text and its replacement have one length. */
static void trial_edited(struct trial *t, const char *from1, const char *to1, const char *from2,
			 const char *to2)
{
	memset(t, 0, sizeof(*t));
	for (unsigned int i = 0; i < 2; i++) {
		struct synth s = usual;
		char *err = NULL, *text;
		size_t len;

		s.boot = i + 1;
		s.seed = i + 1;
		text = synth_text(&s, &len);
		memcpy(strstr(text, from1), to1, strlen(to1));
		memcpy(strstr(text, from2), to2, strlen(to2));
		t->boots[i] = parse_text(text, len, &err);
		if (!t->boots[i])
			die("a made-up boot is refused: %s", err);
		free(text);
	}
	t->c = (struct comparison){ .kernel = "6.12", .nr_boots = 2, .boots = t->boots };
	compare(&t->c);
	t->hook = &t->c.results[1];
}

static void test_counts(void)
{
	static const struct synth_row lost[] = { BASE, CONTROL,
						 HOOK(.paths = { { 118, 1 } }, .lost = 1) };
	static const struct synth_row twice[] = { BASE, CONTROL,
						  HOOK(.paths = { { 118, 1 } }, .lost = -1) };
	static const struct synth_row missed[] = { BASE, CONTROL,
						   HOOK(.paths = { { 118, 1 } }, .missed = 1) };
	static const struct synth_row cannot[] = {
		BASE, CONTROL, HOOK(.paths = { { 118, 1 } }, .missed = NOT_TOLD)
	};
	static const struct synth_row unproved[] = {
		BASE, CONTROL, HOOK(.paths = { { 118, 1 } }, .proof = "not in kprobes/list")
	};
	static const struct synth_row skipped[] = { BASE, CONTROL,
						    HOOK(.skip = "CONFIG_FPROBE is off") };
	struct synth s = with(lost);
	struct trial t;

	expect_gate("an exit lost in every tenth block", &s, GATE_HITS);
	trial_of(&t, &s);
	check(t.hook->exits == 8000 && t.hook->hits == 7996, "hits of the storm: 4 of 8000 lost");
	trial_end(&t);
	s = with(twice);
	expect_gate("an exit seen twice", &s, GATE_HITS);
	s = with(missed);
	expect_gate("missed events", &s, GATE_MISSED);
	s = with(cannot);
	expect_shift("a mechanism that cannot tell what it missed", &s, 118);
	trial_of(&t, &s);
	check(t.hook->missed == NOT_TOLD, "missed stays unknown, not 0");
	trial_end(&t);
	s = with(unproved);
	expect_gate("a live check failed in one block", &s, GATE_PROOF);
	trial_of(&t, &s);
	check(!strcmp(first_gate(t.hook->gates), "proof") && t.hook->seen[0].proof &&
	      !strcmp(t.hook->seen[0].proof, "not in kprobes/list"), "the failed check is named");
	trial_end(&t);
	s = with(skipped);
	trial_of(&t, &s);
	check(t.hook->skip && !strcmp(t.hook->skip, "CONFIG_FPROBE is off") && !t.hook->nr,
	      "a skipped row carries its reason");
	trial_end(&t);

	/* One exit lost in one block, one seen twice in another: the sum is right. */
	trial_edited(&t, "block\tr2\t4\t200\t200\t", "block\tr2\t4\t200\t199\t",
		     "block\tr2\t5\t200\t200\t", "block\tr2\t5\t200\t201\t");
	check(failed_gate(t.hook, GATE_HITS) && t.hook->hits == t.hook->exits,
	      "lost and doubled exits do not cancel");
	trial_end(&t);
	trial_edited(&t, "block\tr2\t4\t200\t200\t", "block\tr2\t4\t199\t199\t",
		     "block\tr2\t5\t200\t200\t", "block\tr2\t5\t199\t199\t");
	check(failed_gate(t.hook, GATE_HITS), "fewer exits than the storm made: refused, gate hits");
	trial_end(&t);
	trial_edited(&t, "block\tr0\t4\t200\t-\t", "block\tr0\t4\t200\t1\t",
		     "block\tr0\t5\t200\t-\t", "block\tr0\t5\t200\t1\t");
	check(failed_gate(t.hook, GATE_CONTROL), "hits without a hook: refused, gate control");
	trial_end(&t);
}

static void test_boots(void)
{
	static const struct synth_row other[] = { BASE, CONTROL, HOOK(.paths = { { 119, 1 } }) };
	static const struct synth_row absent[] = { BASE, CONTROL,
						   HOOK(.skip = "not on this boot") };
	struct synth a = usual, b = usual;
	struct trial t;

	b.seed = 99;
	b.rows = other;
	trial(&t, &a, &b);
	describe("two boots that disagree", &t);
	check(t.hook->gates == GATE_BIT(GATE_SHIFT), "two boots, 118 and 119: refused, gate shift");
	check(t.hook->has_range && t.hook->lo == 118 && t.hook->hi == 119,
	      "two boots, 118 and 119: range %" PRId64 "..%" PRId64, t.hook->lo, t.hook->hi);
	trial_end(&t);

	trial(&t, &a, NULL);
	check(failed_gate(t.hook, GATE_BOOTS), "one boot only: refused, gate boots");
	trial_end(&t);

	b.rows = absent;
	trial(&t, &a, &b);
	check(failed_gate(t.hook, GATE_BOOTS), "row in one of two boots: refused, gate boots");
	trial_end(&t);

	a.rounds = MIN_BLOCKS - 1;
	expect_gate("too few blocks", &a, GATE_BLOCKS);
	a = usual;
	a.per_block = 20;
	expect_gate("too few exits", &a, GATE_BLOCKS);
}

/* A bench with 24 hooks, hook i at a cost of 40 * i. */
#define MANY 26

static void many_rows(struct synth_row *rows)
{
	static char names[MANY][16];

	rows[0] = (struct synth_row)BASE;
	rows[1] = (struct synth_row)CONTROL;
	for (int i = 2; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "h%d", i);
		rows[i] = (struct synth_row)HOOK(.paths = { { 40 * i, 1 } });
		rows[i].hook = names[i];
	}
}

/* The choice of NEIGHBOURS: see match_rows(). */
static void test_radius(void)
{
	static const struct {
		double drift, walk;
	} combs[] = { { 0, 0 }, { 0.03, 0.01 }, { 0.1, 0.03 }, { 0.3, 0.1 }, { 1, 0.1 } };
	static const unsigned int radii[] = { 0, 1, 2, POOLED };
	double rivals[ARRAY_SIZE(radii)] = { 0 };
	struct synth_row rows[MANY];
	struct synth s = with(rows);
	unsigned int wrong = 0;
	size_t best = 0;

	many_rows(rows);
	s.nr_rows = MANY;
	printf("# radius: overlap/rival for 0, 1, 2 neighbours and the whole boot, by events of "
	       "drift per 1000 exits\n");
	for (size_t i = 0; i < ARRAY_SIZE(combs); i++) {
		struct boot *boot;

		s.drift = combs[i].drift;
		s.walk = combs[i].walk;
		s.seed = i + 1;
		boot = synth_boot(&s);
		printf("# %.2f", s.drift + s.walk);
		for (size_t k = 0; k < ARRAY_SIZE(radii); k++) {
			double overlap = 0, rival = 0;

			for (int r = 2; r < MANY; r++) {
				struct match m;

				match_rows(&boot->rows[0], &boot->rows[r], radii[k], &m);
				overlap += m.overlap / (MANY - 2);
				rival += m.rival / (MANY - 2);
				if (radii[k] == NEIGHBOURS)
					wrong += m.shift != 40 * r;
			}
			printf("  %.2f/%.2f", overlap, rival);
			if (i)
				rivals[k] += rival / overlap;
		}
		putchar('\n');
		boot_free(boot);
	}
	check(!wrong, "radius: the round alone finds every shift");
	for (size_t k = 0; k < ARRAY_SIZE(radii); k++)
		if (rivals[k] < rivals[best])
			best = k;
	check(radii[best] == NEIGHBOURS, "radius: under drift the round alone has the weakest rival");
}

/*
 * The promise: whatever the comb and the hook, a number that passes the gates is
 * the true one. And gates that refuse everything would keep it too, so constant
 * costs on combs like the real ones must pass nearly always.
 */
static void test_property(void)
{
	unsigned int wrong = 0, numbers = 0, constant = 0, constant_ok = 0, trials = 300;
	uint64_t rnd = 20240607;

	for (unsigned int i = 0; i < trials; i++) {
		int64_t cost = (int64_t)(random_next(&rnd) % 3000) - 100;
		double mixed = i % 4 == 0 ? synth_unit(&rnd) : 0;
		/* In every third, the kernel takes one of two paths; the hook often its two. */
		double own = i % 3 == 0 ? synth_unit(&rnd) : 0;
		int64_t apart = 1 + (int64_t)(random_next(&rnd) % 4);
		int64_t more = i % 6 == 0 ? apart : 1 + (int64_t)(random_next(&rnd) % 300);
		struct synth_row rows[] = {
			BASE, CONTROL,
			HOOK(.paths = { { cost, 1 }, { cost + more, mixed },
					{ cost + apart, own }, { cost + more + apart, mixed * own } }),
		};
		struct synth s = with(rows);
		struct trial t;

		for (int r = 0; r < 2; r++) {
			rows[r].paths[0] = (struct synth_path){ 0, 1 };
			rows[r].paths[1] = (struct synth_path){ apart, own };
		}
		s.seed = random_next(&rnd);
		s.comb = random_next(&rnd);
		s.rounds = 12 + (unsigned int)(random_next(&rnd) % 20);
		s.per_block = 130 + (unsigned int)(random_next(&rnd) % 150);
		s.teeth = 1 + (unsigned int)(random_next(&rnd) % 20);
		s.drift = synth_unit(&rnd) * (i % 2 ? 1.5 : 8);
		s.walk = synth_unit(&rnd) * (i % 2 ? 0.5 : 4);
		s.noise = synth_unit(&rnd) * (i % 2 ? 0.05 : 0.4);
		trial_of(&t, &s);
		if (!t.hook->gates) {
			numbers++;
			wrong += t.hook->shift != cost;
		}
		if (i % 2) {
			constant++;
			constant_ok += !t.hook->gates;
		}
		trial_end(&t);
	}
	printf("# property: %u trials, %u numbers, %u wrong; constant cost on usual combs: %u of %u\n",
	       trials, numbers, wrong, constant_ok, constant);
	check(!wrong, "property: no wrong number in %u", numbers);
	check(constant_ok * 100 >= constant * 90, "property: %u of %u constant costs are numbers",
	      constant_ok, constant);
}

/* A full bench must not wait for its estimator. */
static void test_speed(void)
{
	struct synth_row rows[MANY];
	struct synth s = with(rows);
	struct boot *boots[2];
	struct comparison c = { .kernel = "6.12", .nr_boots = 2, .boots = boots };
	clock_t start;
	double took;

	many_rows(rows);
	s.nr_rows = MANY;
	s.rounds = 40;
	for (unsigned int scatter = 0; scatter < 2; scatter++) {
		s.teeth = scatter ? 0 : 12;
		for (unsigned int i = 0; i < 2; i++) {
			s.seed = i + 1;
			boots[i] = synth_boot(&s);
		}
		start = clock();
		compare(&c);
		took = (double)(clock() - start) / CLOCKS_PER_SEC;
		check(took < (scatter ? 4 : 2), "26 rows, 40 blocks of 200, 2 boots, %s: %.2f s",
		      scatter ? "no value twice" : "comb", took);
		compare_free(&c);
		boot_free(boots[0]);
		boot_free(boots[1]);
	}
}

#define HEAD "procmon-boot 1\nenv\tkernel\t6.12\n"
#define ROWS "row\tb\tnone\tnone\t-\t-\t-\nrow\th\tk\tkprobe\tint3\tdo_exit\tcount\n"
#define GOOD HEAD ROWS "block\tb\t0\t2\t-\t-\tok\t5 6\nblock\th\t0\t2\t2\t0\tok\t7 8\n"

static void test_reader(void)
{
	static const struct {
		const char *why;
		const char *text;
	} bad[] = {
		{ "file is empty", "" },
		{ "first line is not", "procmon-boot 2\nend\n" },
		{ "first line is not", "\nend\n" },
		{ "no 'end' line", GOOD },
		{ "cut off", GOOD "block\tb\t1\t2\t-\t-\tok\t5 6" },
		{ "cut off", GOOD "end" },
		{ "after 'end'", GOOD "end\nenv\ta\tb\n" },
		{ "no env 'kernel'", "procmon-boot 1\n" ROWS "end\n" },
		{ "no baseline", HEAD "end\n" },
		{ "unknown line 'blocks'", HEAD "blocks\tb\n" },
		{ "7 fields, not 8", GOOD "block\tb\t1\t2\t-\t-\tok\nend\n" },
		{ "9 fields, not 8", GOOD "block\tb\t1\t2\t-\t-\tok\t5\t6\nend\n" },
		{ "no row 'x'", GOOD "block\tx\t1\t2\t-\t-\tok\t5\nend\n" },
		{ "two blocks 0", GOOD "block\tb\t0\t2\t-\t-\tok\t5\nend\n" },
		{ "exits is '-'", GOOD "block\tb\t1\t-\t-\t-\tok\t5\nend\n" },
		{ "hits is '-1'", GOOD "block\tb\t1\t2\t-1\t-\tok\t5\nend\n" },
		{ "missed is '0x1'", GOOD "block\tb\t1\t2\t2\t0x1\tok\t5\nend\n" },
		{ "value 2 is not", GOOD "block\tb\t1\t2\t2\t-\tok\t5 x\nend\n" },
		{ "value 1 is not", GOOD "block\tb\t1\t2\t2\t-\tok\t-5\nend\n" },
		{ "value 2 is not", GOOD "block\tb\t1\t2\t2\t-\tok\t5 6 \nend\n" },
		{ "value 2 is not", GOOD "block\tb\t1\t2\t2\t-\tok\t5  6\nend\n" },
		{ "value 1 is not", GOOD "block\tb\t1\t2\t2\t-\tok\t99999999999999999999\nend\n" },
		{ "without values", GOOD "block\tb\t1\t2\t2\t-\tok\t\nend\n" },
		{ "without a proof", GOOD "block\tb\t1\t2\t2\t-\t\t5\nend\n" },
		{ "'b' is given twice", HEAD ROWS "row\tb\tx\tx\t-\t-\t-\nend\n" },
		{ "same as row 'h'", HEAD ROWS "row\tg\tk\tkprobe\tint3\tdo_exit\tcount\nend\n" },
		{ "third row", HEAD ROWS "row\tc\tnone\tnone\t-\t-\tcontrol\n"
			       "row\td\tnone\tnone\t-\t-\tx\nend\n" },
		{ "empty field", HEAD "row\tb\tnone\tnone\t-\t\t-\nend\n" },
		{ "'kernel' is given twice", HEAD "env\tkernel\t6.1\nend\n" },
		{ "skipped but has blocks", GOOD "skip\th\twhy\nend\n" },
		{ "but was skipped", HEAD ROWS "skip\th\twhy\nblock\th\t0\t2\t2\t0\tok\t7\nend\n" },
		{ "without a reason", HEAD ROWS "skip\th\t\nend\n" },
		{ "over 0 exits", GOOD "traps\th\t1\t0\nend\n" },
	};
	char *err = NULL;
	struct boot *boot;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		boot = parse_text(bad[i].text, strlen(bad[i].text), &err);
		check(!boot && strstr(err, bad[i].why), "reader refuses: %s", bad[i].why);
		if (!boot)
			free(err);
		boot_free(boot);
	}

	boot = parse_text(HEAD "a\0b\nend\n", sizeof(HEAD "a\0b\nend\n") - 1, &err);
	check(!boot && strstr(err, "test:3: a NUL"), "reader refuses: NUL, with its line");
	free(err);
	boot = boot_read("/nonexistent/boot", &err);
	check(!boot && strstr(err, "No such file"), "reader refuses: no such file");
	free(err);

	static const char right[] = GOOD "# comment\n\nblock\th\t9\t3\t2\t-\tno probe\t\n"
					 "block\th\t3\t3\t2\t-\tno probe\t9\n"
					 "traps\th\t2\t2\ntraps\th\t4\t4\nend\n";

	boot = parse_text(right, sizeof(right) - 1, &err);
	check(boot && boot->nr_rows == 2 && boot->base == 0 && boot->control == -1 &&
	      boot->rows[1].nr_blocks == 3 && boot->rows[1].blocks[0].ticks[1] == 8 &&
	      boot->rows[1].blocks[1].nr == 3 && boot->rows[1].blocks[2].nr == 9 &&
	      boot->rows[1].blocks[1].missed == NOT_TOLD && !boot->rows[1].blocks[0].proof &&
	      !strcmp(boot->rows[1].blocks[1].proof, "no probe") && boot->rows[1].traps == 6 &&
	      boot->rows[1].trap_exits == 6 && boot->rows[0].traps == NOT_TOLD &&
	      !strcmp(boot_env(boot, "kernel"), "6.12"), "reader reads what is right");
	if (!boot)
		printf("# %s\n", err);
	boot_free(boot);

	/* Cut anywhere, a boot is no boot. */
	struct synth s = usual;
	unsigned int taken = 0;
	size_t len;
	char *text;

	s.rounds = 2;
	s.per_block = 5;
	text = synth_text(&s, &len);
	for (size_t cut = 0; cut < len; cut++) {
		boot = parse_text(text, cut, &err);
		if (boot)
			taken++;
		else
			free(err);
		boot_free(boot);
	}
	free(text);
	check(!taken, "reader refuses a boot file cut after any of its %zu bytes", len);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_reader();
	test_shifts();
	test_control();
	test_mixtures();
	test_scatter();
	test_own_paths();
	test_counts();
	test_boots();
	test_radius();
	test_property();
	test_speed();
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
