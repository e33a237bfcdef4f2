// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/escape.h"

#include <stdbool.h>
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

char *escape_json(char *p, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!is_printable(c)) {
			p = put_hex(stpcpy(p, "\\u00"), c);
			continue;
		}
		if (c == '"' || c == '\\')
			*p++ = '\\';
		*p++ = (char)c;
	}
	return p;
}
