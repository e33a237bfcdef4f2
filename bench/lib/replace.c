// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "lib/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct replacement {
	char *path;
	char *temp;		/* NULL once it is in place */
};

/* Never moved while a signal may come: on_signal() walks over it. */
static struct replacement *files;
static volatile size_t nr_files;

static void drop_temps(void)
{
	for (size_t i = 0; i < nr_files; i++)
		if (files[i].temp)
			unlink(files[i].temp);
}

/* unlink(), raise() and signal() are async-signal-safe. */
static void on_signal(int sig)
{
	drop_temps();
	signal(sig, SIG_DFL);
	raise(sig);
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

/* Hold them back, or let them come again. */
static void hold_signals(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* beside.txt becomes .beside.txt.XXXXXX, which no pattern of a shell matches. */
static char *temp_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return xasprintf("%.*s.%s.XXXXXX", (int)(name - path), path, name);
}

const char *replace_write(const char *path, const struct text *t)
{
	char *temp = temp_name(path);
	mode_t mask = umask(0);
	FILE *f;
	int fd;

	umask(mask);
	if (!nr_files) {
		atexit(drop_temps);
		for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
			signal(signals[i], on_signal);
	}
	hold_signals(true);
	GROW(files, nr_files);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", temp, strerror(errno));
	files[nr_files++] = (struct replacement){ xstrdup(path), temp };
	hold_signals(false);
	f = fdopen(fd, "w");
	if (!f || fchmod(fd, 0666 & ~mask) || (t->len && fwrite(t->s, t->len, 1, f) != 1) ||
	    fflush(f) || fsync(fd) || fclose(f))
		die("%s: %s", temp, strerror(errno));
	return temp;
}

void replace_all(void)
{
	for (size_t i = 0; i < nr_files; i++) {
		struct replacement *r = &files[i];

		if (!r->temp)
			continue;
		if (rename(r->temp, r->path))
			die("%s: %s", r->path, strerror(errno));
		r->temp = NULL;
	}
}
