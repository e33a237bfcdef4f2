/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers as text, three digits at a time. Every function writes up to
 * DIGITS_SLACK bytes behind what it returns as the end, so that it need not count what
 * it copies.
 */
#ifndef BENCH_DIGITS_H
#define BENCH_DIGITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/** DIGITS_SLACK - so much room there must be behind the end of a text */
#define DIGITS_SLACK	16

/**
 * struct digits - numbers below 1000, four bytes each, as they stand in memory
 * @left: without anything in front, and last how many digits that are: "7\0\0\1"
 * @zeros: with zeros in front, and a space behind: "007 "
 * @blanks: with spaces in front, and one behind: "  7 "
 */
struct digits {
	uint32_t left[1000];
	uint32_t zeros[1000];
	uint32_t blanks[1000];
};

/** digits - the table */
extern struct digits digits;

/**
 * digits_init() - make the table; to be called before all else
 */
void digits_init(void);

/**
 * PUT() - append a literal
 * @p: where to
 * @literal: it; copied with what its length is rounded up by, which is one move
 *
 * Return: the end.
 */
#define PUT(p, literal)								\
	({									\
		static const char text__[PUT_ROUND(sizeof(literal) - 1)] = literal; \
										\
		memcpy(p, text__, sizeof(text__));				\
		(p) + sizeof(literal) - 1;					\
	})
#define PUT_ROUND(n)	((n) <= 4 ? 4 : (n) <= 8 ? 8 : ((n) + 15) / 16 * 16)

static inline char *put_char(char *p, char c)
{
	*p = c;
	return p + 1;
}

/* Below 1000. */
static inline char *put_3_digits(char *p, uint32_t v)
{
	memcpy(p, &digits.zeros[v], 4);
	return p + 3;
}

/* Below 10^9. */
static inline char *put_9_digits(char *p, uint32_t v)
{
	uint32_t thousands = v / 1000;
	uint32_t millions = thousands / 1000;

	p = put_3_digits(p, millions);
	p = put_3_digits(p, thousands - millions * 1000);
	return put_3_digits(p, v - thousands * 1000);
}

/* Below 1000. */
static inline char *put_small(char *p, uint32_t v)
{
	uint32_t text = digits.left[v];

	memcpy(p, &text, 4);
	return p + (le32toh(text) >> 24);
}

/**
 * put_big() - as put_number(), of 10^9 or more
 * @p: where to
 * @v: the number
 *
 * Return: the end.
 */
char *put_big(char *p, uint64_t v);

/**
 * put_number() - append a number
 * @p: where to
 * @v: the number
 *
 * Return: the end.
 */
static inline char *put_number(char *p, uint64_t v)
{
	uint32_t low = (uint32_t)v;
	uint32_t thousands, millions;

	if (v < 1000)
		return put_small(p, low);
	if (v >= 1000000000)
		return put_big(p, v);
	thousands = low / 1000;
	if (low < 1000000) {
		p = put_small(p, thousands);
	} else {
		millions = thousands / 1000;
		p = put_small(p, millions);
		p = put_3_digits(p, thousands - millions * 1000);
	}
	return put_3_digits(p, low - thousands * 1000);
}

static inline char *put_signed(char *p, int64_t v)
{
	if (v < 0)
		return put_number(put_char(p, '-'), -(uint64_t)v);
	return put_number(p, (uint64_t)v);
}

#endif
