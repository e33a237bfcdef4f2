/* SPDX-License-Identifier: GPL-2.0 */
/* What every program of the bench needs: allocation, growing text, fatal errors. */
#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * die() - print "PROGRAM: message" to stderr and exit with status 1
 * @fmt: printf format, without the newline
 */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/**
 * xrealloc() - realloc() for an array that cannot fail
 * @old: earlier result or NULL
 * @n: number of elements, may be 0
 * @size: bytes of one element
 *
 * Return: the memory; never NULL. Dies when there is none or @n * @size overflows.
 */
void *xrealloc(void *old, size_t n, size_t size);

/** xcalloc(), xstrdup(), xasprintf() - as without the x, but they die of no memory */
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * GROW() - make room for one more element at the end of an array
 * @array: pointer that xrealloc() may move
 * @n: elements in use; room is kept for the next power of two
 */
#define GROW(array, n)							\
	do {								\
		size_t n__ = (n);					\
									\
		if (!(n__ & (n__ - 1)))					\
			(array) = xrealloc((array), n__ ? 2 * n__ : 1,	\
					   sizeof(*(array)));		\
	} while (0)

/**
 * APPEND() - one more element at the end of an array
 * @array: pointer that xrealloc() may move
 * @n: elements in use; one more afterwards
 *
 * Return: a pointer to it; it is not initialised.
 */
#define APPEND(array, n)						\
	({								\
		GROW(array, n);						\
		&(array)[(n)++];					\
	})

/**
 * TEXT_OF() - the text that a macro stands for
 * @x: a macro
 */
#define TEXT_OF(x) TEXT_OF_(x)
#define TEXT_OF_(x) #x

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/**
 * struct text - a growing string
 * @s: NUL-terminated; NULL while empty
 * @len: bytes without the NUL
 */
struct text {
	char *s;
	size_t len;
};

/**
 * text_add(), text_vadd() - append formatted text
 * @t: zero-initialised or in use
 * @fmt: printf format
 * @ap: its arguments
 */
void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vadd(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/**
 * text_free() - release the string; @t may be used again
 * @t: the text
 */
void text_free(struct text *t);

#endif
