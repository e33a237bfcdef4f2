// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/bpf_program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"

/* As many options as there ever are. */
#define ARGUMENTS 16

static void run(const char *path, const char *options, int fd)
{
	char *argv[ARGUMENTS] = { (char *)path, "--controlled" };
	char *rest = xstrdup(options);
	size_t n = 2;

	while (rest && n < ARGUMENTS - 1)
		argv[n++] = strsep(&rest, " ");
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(1);
	execv(path, argv);
	_exit(127);
}

/* One line, without its end; false if it has nothing more to say. */
static bool hear(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	return n > 0;
}

static void say(int fd, const char *command, char *answer, size_t size)
{
	if (write(fd, command, strlen(command)) < 0 || write(fd, "\n", 1) < 0 ||
	    !hear(fd, answer, size))
		die("the program bpf does not answer to %s", command);
}

int bpf_start(const char *path, const char *options, char **refusal)
{
	char line[512];
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		die("socketpair: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid)
		run(path, options, fds[1]);
	close(fds[1]);
	*refusal = NULL;
	if (hear(fds[0], line, sizeof(line)) && !strcmp(line, "loaded"))
		return fds[0];
	*refusal = xstrdup(*line ? line : "the program bpf does not start");
	close(fds[0]);
	return -1;
}

static void have_done(int fd, const char *command)
{
	char answer[512];

	say(fd, command, answer, sizeof(answer));
	if (strcmp(answer, "done"))
		die("%s", answer);
}

void bpf_attach(int fd)
{
	have_done(fd, "attach");
}

void bpf_detach(int fd)
{
	have_done(fd, "detach");
}

struct bpf_counts bpf_count(int fd)
{
	struct bpf_counts c;
	char answer[512];

	say(fd, "count", answer, sizeof(answer));
	if (sscanf(answer, "%" SCNd64 " %" SCNd64 " %" SCNd64, &c.hits, &c.missed,
		   &c.records) != 3)
		die("%s", answer);
	return c;
}
