// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/escape.h"

#include <stdint.h>
#include <string.h>

static char *put_hex(char *p, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	*p++ = hex[c >> 4];
	*p++ = hex[c & 15];
	return p;
}

static bool is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

char *escape_text(char *p, const char *s, size_t len)
{
	static const char letter[256] = {
		['\a'] = 'a', ['\t'] = 't', ['\n'] = 'n', ['\v'] = 'v',
		['\f'] = 'f', ['\r'] = 'r', ['\33'] = 'e', ['\\'] = '\\',
	};
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (letter[c]) {
			*p++ = '\\';
			*p++ = letter[c];
		} else if (is_printable(c) && c != ']') {
			*p++ = (char)c;
		} else {
			p = put_hex(stpcpy(p, "\\x"), c);
		}
	}
	return p;
}

/* Take the next character of UTF-8; return the bytes of it, 0 if it is none. */
static size_t take_utf8(uint32_t *to, const char *s, size_t len)
{
	/* what a sequence of so many bytes begins with, and the least that takes as many */
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} kinds[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	const unsigned char *u = (const unsigned char *)s;

	for (size_t more = 0; more < 4 && more < len; more++) {
		uint32_t c = u[0] & (unsigned char)~kinds[more].mask;
		size_t i;

		if ((u[0] & kinds[more].mask) != kinds[more].lead)
			continue;
		for (i = 1; i <= more && (u[i] & 0xc0) == 0x80; i++)
			c = c << 6 | (u[i] & 0x3f);
		if (i <= more || c < kinds[more].least || c > 0x10ffff || (c >> 11) == 0x1b)
			return 0;
		*to = c;
		return more + 1;
	}
	return 0;
}

bool escape_is_utf8(const char *s, size_t len)
{
	uint32_t c;
	size_t n;

	for (; len; s += n, len -= n) {
		n = take_utf8(&c, s, len);
		if (!n)
			return false;
	}
	return true;
}

static char *put_unit(char *p, uint32_t unit)
{
	p = put_hex(stpcpy(p, "\\u"), (unsigned char)(unit >> 8));
	return put_hex(p, (unsigned char)unit);
}

static char *put_json(char *p, uint32_t c)
{
	if (c > 0xffff) {
		p = put_unit(p, 0xd800 + ((c - 0x10000) >> 10));
		return put_unit(p, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	if (c > '~' || !is_printable((unsigned char)c))
		return put_unit(p, c);
	if (c == '"' || c == '\\')
		*p++ = '\\';
	*p++ = (char)c;
	return p;
}

char *escape_json(char *p, const char *s, size_t len, bool text)
{
	size_t n;

	for (; len; s += n, len -= n) {
		uint32_t c = (unsigned char)*s;

		n = text ? take_utf8(&c, s, len) : 1;
		p = put_json(p, c);
	}
	return p;
}
