// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/kfile.h"
#include "lib/util.h"
#include "reader/output.h"
#include "variants/handler/record.h"

#define NS_PER_S	1000000000

/* Ctrl-C, SIGTERM, and SIGHUP if it is not for the output. */
static volatile sig_atomic_t stopping;
/* SIGHUP: it is. */
static volatile sig_atomic_t rotated;
/* What wakes poll(2), whenever it is called. */
static int signal_fd = -1;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void wake(void)
{
	int saved = errno;
	uint64_t one = 1;
	ssize_t n = write(signal_fd, &one, sizeof(one));

	(void)n;
	errno = saved;
}

/* The second one finds the default action, and ends us at once. */
static void on_stop(int sig)
{
	(void)sig;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	stopping = 1;
	wake();
}

static void on_rotation(int sig)
{
	(void)sig;
	rotated = 1;
	wake();
}

/* As whoever started us has them, they may be blocked. */
static void unblock(void)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	sigaddset(&ours, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

static void catch_signals(bool rotates)
{
	struct sigaction stop = { .sa_handler = on_stop, .sa_flags = SA_RESTART };
	struct sigaction rotate = { .sa_handler = on_rotation, .sa_flags = SA_RESTART };
	struct sigaction hangup;

	signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (signal_fd < 0)
		die("eventfd: %s", strerror(errno));
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	/* nohup(1) has it ignored */
	sigaction(SIGHUP, NULL, &hangup);
	if (rotates || hangup.sa_handler != SIG_IGN)
		sigaction(SIGHUP, rotates ? &rotate : &stop, NULL);
	/* the output knows by EPIPE, and what is to be told then is told */
	signal(SIGPIPE, SIG_IGN);
	unblock();
}

/* Who has the stream open: "PID NAME", the name escaped by the module; or NULL. */
static char *other_reader(void)
{
	char *stats = kfile_read(PROCMON_STATS);
	char *reader = stats ? kfile_field(stats, "reader") : NULL;

	free(stats);
	return reader;
}

static void open_device(struct source *src)
{
	char *reader;
	int err;

	src->name = PROCMON_DEVICE;
	src->live = true;
	src->fd = open(PROCMON_DEVICE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (src->fd >= 0)
		return;
	err = errno;
	if (err == EBUSY) {
		reader = other_reader();
		if (reader)
			die("another reader has %s open: process %s", PROCMON_DEVICE, reader);
		die("another reader has %s open; fuser %s tells which", PROCMON_DEVICE,
		    PROCMON_DEVICE);
	}
	if (access("/sys/module/procmon", F_OK))
		die("no procmon module is loaded; load one: insmod variants/tracepoint/procmon.ko log=off (make install VARIANT=tracepoint PARAMS=log=off)");
	if (err == EACCES)
		die("%s: %s; watching exits takes root, or the group that the device was given",
		    PROCMON_DEVICE, strerror(err));
	if (err == ENOENT)
		die("%s: %s; the procmon module that is loaded is of another version, or nothing (devtmpfs, udev) makes the device",
		    PROCMON_DEVICE, strerror(err));
	die("%s: %s", PROCMON_DEVICE, strerror(err));
}

static void open_file(struct source *src, const char *file)
{
	if (!strcmp(file, "-")) {
		src->name = "standard input";
		src->fd = STDIN_FILENO;
		return;
	}
	src->name = file;
	src->fd = open(file, O_RDONLY | O_CLOEXEC);
	if (src->fd < 0)
		die("%s: %s", file, strerror(errno));
}

void source_open(struct source *src, const char *file, int64_t duration_ns,
		 int64_t interval_ns, bool rotates)
{
	catch_signals(rotates);
	if (file)
		open_file(src, file);
	else
		open_device(src);
	if (duration_ns)
		src->deadline = now_ns() + duration_ns;
	src->interval = interval_ns;
	if (interval_ns)
		src->tick = now_ns() + interval_ns;
}

/* Another SIGHUP meanwhile is not forgotten: it sets both anew. */
static void rotate(void)
{
	uint64_t n;
	ssize_t len;

	rotated = 0;
	len = read(signal_fd, &n, sizeof(n));
	(void)len;
	output_reopen();
}

/* The time of the next thing that happens by itself; 0 if there is none. */
static int64_t next_time(const struct source *src)
{
	if (src->tick && !(src->deadline && src->deadline < src->tick))
		return src->tick;
	return src->deadline;
}

enum source_event source_wait(struct source *src)
{
	struct pollfd fds[] = {
		{ .fd = src->fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = -1 },	/* POLLERR: nobody reads the output any more */
		{ .fd = src->other_fd, .events = POLLIN },
	};
	int64_t next, now;
	int n;

	while (!src->ended && !stopping) {
		struct timespec timeout = { };

		if (rotated)
			rotate();
		fds[2].fd = output_fd();
		next = next_time(src);
		now = next ? now_ns() : 0;
		/* a file that is not ready may block, so do not read it when it is time */
		if (next && next <= now && next == src->deadline)
			return SOURCE_END;
		if (next && next <= now) {
			/* those that nobody had the time for are not made up for */
			src->tick += ((now - src->tick) / src->interval + 1) * src->interval;
			return SOURCE_TICK;
		}
		timeout.tv_sec = (next - now) / NS_PER_S;
		timeout.tv_nsec = (next - now) % NS_PER_S;
		n = ppoll(fds, ARRAY_SIZE(fds), next ? &timeout : NULL, NULL);
		if (n < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		if (n <= 0)
			continue;
		if (fds[2].revents & POLLERR) {
			output_lost();
			return SOURCE_END;
		}
		if (fds[3].revents)
			src->on_other();
		if (fds[0].revents && !stopping)
			return SOURCE_DATA;
	}
	return SOURCE_END;
}

size_t source_read(struct source *src, char *buf, size_t size)
{
	ssize_t n = read(src->fd, buf, size);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0)
		die("%s: %s", src->name, strerror(errno));
	src->ended = !n;
	return (size_t)n;
}

void source_stop(const struct source *src)
{
	if (ioctl(src->fd, PROCMON_STREAM_STOP))
		die("%s: cannot stop it: %s", src->name, strerror(errno));
}
