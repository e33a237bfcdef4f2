// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

static struct {
	int fd;
	const char *file;	/* NULL: standard output */
	bool failed;
	bool gone;		/* failed because nobody reads it */
} out = { .fd = STDOUT_FILENO };

static int open_it(int flags)
{
	return open(out.file, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
}

void output_open(const char *file, enum output_mode mode)
{
	if (!file || !strcmp(file, "-"))
		return;
	out.file = file;
	out.fd = open_it(mode == OUTPUT_APPEND ? O_APPEND : O_TRUNC);
	if (out.fd < 0)
		die("%s: %s", file, strerror(errno));
}

int output_fd(void)
{
	return out.fd;
}

const char *output_name(void)
{
	return out.file ? out.file : "standard output";
}

static void fail(int error)
{
	if (out.failed)
		return;
	out.failed = true;
	out.gone = error == EPIPE;
	if (!out.gone)
		fprintf(stderr, "procmon: cannot write %s: %s\n", output_name(), strerror(error));
}

size_t output_write(const char *p, size_t len)
{
	struct pollfd room = { .fd = out.fd, .events = POLLOUT };
	size_t done = 0;

	while (done < len && !out.failed) {
		ssize_t n = write(out.fd, p + done, len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			poll(&room, 1, -1);
		else if (errno != EINTR)
			fail(errno);
	}
	return done;
}

bool output_failed(void)
{
	return out.failed;
}

void output_lost(void)
{
	fail(EPIPE);
}

void output_reopen(void)
{
	int fd;

	if (!out.file || out.failed)
		return;
	fd = open_it(O_APPEND);
	if (fd < 0) {
		fail(errno);
		return;
	}
	if (close(out.fd))
		fail(errno);
	out.fd = fd;
}

bool output_close(void)
{
	if (out.file && close(out.fd))
		fail(errno);
	return !out.failed;
}

void output_die(void)
{
	if (!out.gone)
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}
