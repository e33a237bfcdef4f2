// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "report/plot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Single quotes are gnuplot's verbatim string; the only special thing in it is the quote. */
void plot_quote(struct text *t, const char *s)
{
	text_add(t, "'");
	for (; *s; s++)
		text_add(t, *s == '\'' ? "''" : "%c", *s);
	text_add(t, "'");
}

/* A file in memory, which gnuplot inherits: it reads scripts by name only. */
static char *file_of(const struct text *script, int *fd)
{
	*fd = memfd_create("plot", 0);
	if (*fd < 0 || write(*fd, script->s, script->len) != (ssize_t)script->len)
		die("cannot hand gnuplot its script: %s", strerror(errno));
	return xasprintf("/proc/self/fd/%d", *fd);
}

void plot_draw(const struct text *script, const char *picture)
{
	struct stat st;
	int status, fd;
	char *name;
	pid_t pid;

	name = file_of(script, &fd);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		if (!freopen(picture, "w", stdout))
			_exit(126);
		execlp("gnuplot", "gnuplot", name, (char *)NULL);
		_exit(errno == ENOENT ? 127 : 126);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	close(fd);
	free(name);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		die("gnuplot is not installed");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("gnuplot failed");
	if (stat(picture, &st) || !st.st_size)
		die("gnuplot drew nothing");
}
