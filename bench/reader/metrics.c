// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "reader/balance.h"
#include "reader/cgroup.h"
#include "reader/show.h"

struct container {
	char name[CGROUP_NAME];		/* the key, so it comes first; "" is no container */
	uint64_t exits, failed;
	uint64_t signals[SHOW_SIGNALS];
};

static void *tree;
static struct container **containers;
static size_t n_containers;
static struct container others = { .name = "others" };

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct container *find_container(const char *name)
{
	struct container **found = tfind(name, &tree, by_name), *c;

	if (found)
		return *found;
	if (n_containers == METRICS_CONTAINERS)
		return &others;
	c = xcalloc(1, sizeof(*c));
	strcpy(c->name, name);
	if (!tsearch(c, &tree, by_name))
		die("out of memory");
	*APPEND(containers, n_containers) = c;
	return c;
}

void metrics_add(const struct exit *exits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct procmon_record *rec = exits[i].rec;
		const struct cgroup *group = cgroup_find(rec->cgroup_id);
		struct container *c = find_container(group->is_container ? group->name : "");

		c->exits++;
		c->failed += (uint64_t)procmon_record_failed(rec);
		c->signals[procmon_record_signal(rec)]++;
	}
}

static void add_head(struct text *t, const char *name, const char *help)
{
	text_add(t, "# HELP procmon_%s_total %s\n# TYPE procmon_%s_total counter\n", name, help,
		 name);
}

/* Of what stands for something in a label's value a name has the backslash and the quote. */
static void add_label(struct text *t, const char *name)
{
	for (; *name; name++)
		text_add(t, "%s%c", strchr("\\\"", *name) ? "\\" : "", *name);
}

static void add_counter(struct text *t, const char *name, const struct container *c,
			const char *more, uint64_t n)
{
	text_add(t, "procmon_%s_total{container=\"", name);
	add_label(t, c->name);
	text_add(t, "\"%s} %" PRIu64 "\n", more, n);
}

static void add_signals(struct text *t, const struct container *c)
{
	for (int s = 1; s < SHOW_SIGNALS; s++) {
		char *label;

		if (!c->signals[s])
			continue;
		label = xasprintf(",signal=\"%s\"", show_signal(s));
		add_counter(t, "signaled", c, label, c->signals[s]);
		free(label);
	}
}

/* The last one is that of all others, if there are any. */
static const struct container *container_at(size_t i)
{
	if (i < n_containers)
		return containers[i];
	return i == n_containers && others.exits ? &others : NULL;
}

#define for_each_container(c, i)	for (i = 0; (c = container_at(i)); i++)

static void add_all(struct text *t)
{
	const struct container *c;
	size_t i;

	add_head(t, "exits", "Exits of tasks, or of processes with unit=process.");
	for_each_container(c, i)
		add_counter(t, "exits", c, "", c->exits);
	add_head(t, "failed", "Exits with a status other than 0, or by a signal.");
	for_each_container(c, i)
		add_counter(t, "failed", c, "", c->failed);
	add_head(t, "signaled", "Exits by a signal.");
	for_each_container(c, i)
		add_signals(t, c);
	add_head(t, "lost", "Exits that were dropped because a buffer was full.");
	text_add(t, "procmon_lost_total %" PRIu64 "\n", balance_lost());
}

/* Return false with errno if it cannot be written. */
static bool write_to(const char *path, const struct text *t)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool good;
	int err;

	if (fd < 0)
		return false;
	errno = ENOSPC;		/* of a write that stops short */
	good = write(fd, t->s, t->len) == (ssize_t)t->len;
	err = errno;
	if (close(fd) && good)
		return false;
	errno = err;
	return good;
}

void metrics_write(const char *file)
{
	char *new = xasprintf("%s.tmp", file);
	static bool failed;
	struct text t = { 0 };
	bool good;

	add_all(&t);
	good = write_to(new, &t) && !rename(new, file);
	if (!good && !failed)
		fprintf(stderr, "procmon: cannot write %s: %s\n", file, strerror(errno));
	if (!good)
		unlink(new);
	failed = !good;
	text_free(&t);
	free(new);
}
