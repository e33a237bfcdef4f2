// SPDX-License-Identifier: GPL-2.0
#include "report/fill.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/way.h"

/* What a place of that name says of arm64 if this stands in front. */
#define ARM64 "arm64 "

static struct text filled(const char *name, size_t len, const struct place *const *lists,
			  const struct report *r)
{
	struct text t = { 0 };

	if (len > strlen(ARM64) && !strncmp(name, ARM64, strlen(ARM64))) {
		name += strlen(ARM64);
		len -= strlen(ARM64);
		r = report_arm64(r);
	}
	for (; *lists; lists++) {
		for (const struct place *p = *lists; p->name; p++) {
			if (strncmp(p->name, name, len) || p->name[len])
				continue;
			p->fill(&t, r);
			return t;
		}
	}
	die("there is no place {{%.*s}}", (int)len, name);
}

/* The places of one line, without its end. Return true if nothing but them was there. */
static bool fill_line(struct text *t, const char *line, const struct place *const *lists,
		      const struct report *r)
{
	bool only_places = true;

	while (*line) {
		const char *open = strstr(line, "{{"), *close = open ? strstr(open, "}}") : NULL;
		struct text part;

		if (!close) {
			text_add(t, "%s", line);
			return false;
		}
		only_places &= open == line;
		text_add(t, "%.*s", (int)(open - line), line);
		part = filled(open + 2, (size_t)(close - open - 2), lists, r);
		text_add(t, "%s", part.s ?: "");
		text_free(&part);
		line = close + 2;
	}
	return only_places;
}

/* Is it "{{WORD NAME}}"? Then @name and @len are set. */
static bool is_mark(const char *line, const char *word, const char **name, size_t *len)
{
	size_t n = strlen(word);

	if (strncmp(line, "{{", 2) || strncmp(line + 2, word, n))
		return false;
	*name = line + 2 + n;
	*len = strcspn(*name, "}");
	return true;
}

void fill(struct text *t, const char *in, const struct place *const *lists,
	  const struct report *r)
{
	char *copy = xstrdup(in), *rest = copy, *line;
	size_t depth = 0, skip = 0;	/* of conditions; the outermost that does not hold */

	while ((line = strsep(&rest, "\n"))) {
		bool is_if, only_places;
		struct text part = { 0 };
		const char *name;
		size_t len;

		is_if = is_mark(line, "if ", &name, &len);
		if (is_if || is_mark(line, "unless ", &name, &len)) {
			part = filled(name, len, lists, r);
			depth++;
			if (!skip && !part.len == is_if)
				skip = depth;
		} else if (!strcmp(line, "{{end}}")) {
			if (skip == depth--)
				skip = 0;
		} else if (!skip && (*line || rest)) {
			only_places = fill_line(&part, line, lists, r) && *line;
			text_add(t, "%s", part.s ?: "");
			/* A table brings the end of its last line itself. */
			if (!only_places || (part.len && part.s[part.len - 1] != '\n'))
				text_add(t, "\n");
		}
		text_free(&part);
	}
	free(copy);
}
