// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/stream_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/kfile.h"
#include "lib/util.h"
#include "variants/handler/record.h"

#define RECORD	sizeof(struct procmon_record)

/* The room that a read must have: an exit, and the clock record behind it. */
#define LEAST	(2 * RECORD)

/* A read has this much room, and behind it is memory that nobody may touch. */
#define ROOM	((size_t)1 << 20)

/* How long a read may wait, in microseconds; then a signal ends it. */
#define WAIT_US	5000

static char *room;
static long page;

static void on_alarm(int sig)
{
	(void)sig;
}

void stream_ops_begin(void)
{
	/* Without SA_RESTART: it ends a read that waits. */
	const struct sigaction action = { .sa_handler = on_alarm };

	page = sysconf(_SC_PAGESIZE);
	sigaction(SIGALRM, &action, NULL);
	room = mmap(NULL, ROOM + (size_t)page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED || mprotect(room + ROOM, (size_t)page, PROT_NONE))
		die("no memory to read into: %s", strerror(errno));
}

/* Again and again, for the first may come before the wait. */
static void ring_alarm(useconds_t us)
{
	const struct itimerval timer = { { 0, us }, { 0, us } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* The records of a CPU are numbered, and what was dropped is never less than before. */
static void check_numbers(struct actor *a, const struct procmon_record *rec)
{
	struct session *s = &a->session;

	if (rec->number < s->next[rec->cpu] || (!s->shared && rec->number > s->next[rec->cpu]))
		actor_fault(a, "CPU %u: number %llu came where %ju was due", rec->cpu,
			    (unsigned long long)rec->number, (uintmax_t)s->next[rec->cpu]);
	if (rec->dropped < s->dropped[rec->cpu])
		actor_fault(a, "CPU %u: %u were dropped, but now %u", rec->cpu,
			    s->dropped[rec->cpu], rec->dropped);
	s->next[rec->cpu] = rec->number + 1;
	s->dropped[rec->cpu] = rec->dropped;
}

/* What was read at @from; it may be not as long as this process thinks. */
static void take_records(struct actor *a, const char *from, size_t len)
{
	size_t exits = 0;

	if (len % RECORD)
		actor_fault(a, "it read %zu bytes, which are no whole records", len);
	for (size_t at = 0; at < len; at += RECORD) {
		struct procmon_record rec;

		memcpy(&rec, from + at, RECORD);
		if (rec.version != PROCMON_RECORD_VERSION || rec.size != RECORD)
			actor_fault(a, "record %zu of %zu is none", at / RECORD, len / RECORD);
		if (rec.info & PROCMON_INFO_CLOCK)
			continue;
		if (rec.cpu >= ACTOR_CPUS || rec.comm[PROCMON_COMM_LEN - 1])
			actor_fault(a, "record %zu of %zu is none", at / RECORD, len / RECORD);
		check_numbers(a, &rec);
		exits++;
	}
	__atomic_add_fetch(a->session.read, exits, __ATOMIC_SEQ_CST);
}

/* read(2) that may wait for WAIT_US only; what it gave is taken. */
static int read_stream(struct actor *a, char *to, size_t size)
{
	ssize_t n;
	int err;

	ring_alarm(WAIT_US);
	n = read(a->session.fd, to, size);
	err = n < 0 ? errno : 0;
	ring_alarm(0);
	if (n > 0)
		take_records(a, to, (size_t)n);
	return err;
}

/* A number of bytes with room enough for a read. */
static size_t some_size(struct actor *a)
{
	switch (actor_draw(a, 4)) {
	case 0:	 return LEAST + actor_draw(a, 3);
	case 1:	 return RECORD * (2 + actor_draw(a, 64));
	case 2:	 return LEAST + actor_draw(a, 16 * RECORD);
	default: return LEAST + actor_draw(a, ROOM - LEAST);
	}
}

static void begin_session(struct actor *a, int fd)
{
	struct session *s = &a->session;

	*s = (struct session){ .fd = fd, .read = s->read };
	*s->read = 0;
}

static int op_open(struct actor *a)
{
	int flags = actor_draw(a, 2) ? O_NONBLOCK : 0;
	int fd = open(PROCMON_DEVICE, O_RDONLY | O_CLOEXEC | flags);

	if (fd < 0)
		return errno;
	begin_session(a, fd);
	return 0;
}

/* By a way that is not the usual one, and closed again. */
static int op_open_oddly(struct actor *a)
{
	static const int ways[] = {
		O_WRONLY, O_RDWR, O_RDWR | O_TRUNC, O_RDONLY | O_DIRECT, O_RDONLY | O_PATH,
		O_RDONLY | O_DIRECTORY, O_RDWR | O_APPEND, O_RDONLY | O_NOATIME,
		O_RDONLY | O_SYNC, O_RDONLY | O_EXCL,
	};
	int fd = open(PROCMON_DEVICE, actor_one_of(a, ways) | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* The same file by its descriptor is one more open(2), too. */
static int op_open_again(struct actor *a)
{
	const char *path = actor_draw(a, 2) ? PROCMON_DEVICE :
			   path_of("/proc/self/fd/%d", a->session.fd);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int stop_stream(struct actor *a)
{
	return ioctl(a->session.fd, PROCMON_STREAM_STOP, actor_draw(a, SIZE_MAX)) ? errno : 0;
}

static uint64_t counter(struct actor *a, const char *stats, const char *key)
{
	int64_t n = kfile_number(stats, key);

	if (n < 0)
		actor_fault(a, "the stats have no %s", key);
	return (uint64_t)n;
}

/* Stopped, so nothing moves but what others read who have it open, too. */
static void check_session(struct actor *a)
{
	char *stats = kfile_read(PROCMON_STATS);
	uint64_t streamed, unread;

	/* The module cannot go, and no fork is left that has the stream. */
	if (!stats)
		actor_fault(a, "no stats: %s", strerrorname_np(errno));
	streamed = counter(a, stats, "session_streamed");
	unread = counter(a, stats, "session_unread");
	if (*a->session.read + unread > streamed ||
	    (!a->session.killed && *a->session.read + unread != streamed))
		actor_fault(a, "streamed %ju, but read %zu and unread %ju", (uintmax_t)streamed,
			    *a->session.read, (uintmax_t)unread);
	free(stats);
}

static int op_close(struct actor *a)
{
	int err = 0;

	if (actor_draw(a, 2)) {
		err = stop_stream(a);
		check_session(a);
	}
	close(a->session.fd);
	a->session.fd = -1;
	return err;
}

static int op_read(struct actor *a)
{
	size_t size = some_size(a);

	return read_stream(a, room + ROOM - size, size);
}

static int op_read_too_small(struct actor *a)
{
	static const size_t sizes[] = { 0, 1, RECORD, LEAST - 1 };

	return read_stream(a, room, actor_one_of(a, sizes));
}

/* To where one may not write, or only for the first bytes. */
static int op_read_badly(struct actor *a)
{
	size_t size = some_size(a);

	switch (actor_draw(a, 7)) {
	case 0:	 return read_stream(a, NULL, size);
	case 1:	 return read_stream(a, room + ROOM, size);
	case 2:	 return read_stream(a, (char *)-(intptr_t)(1 + actor_draw(a, SIZE_MAX / 2)), size);
	case 3:	 return read_stream(a, (char *)(uintptr_t)"read-only", size);
	case 4:	 return read_stream(a, room + ROOM - actor_draw(a, RECORD), size);
	case 5:	 return read_stream(a, room, SIZE_MAX - actor_draw(a, 2) * SIZE_MAX / 2);
	default: return read_stream(a, room + ROOM - some_size(a), ROOM);
	}
}

/* A file without read_iter is read piece by piece: up to the first that is not full. */
static int op_readv(struct actor *a)
{
	struct iovec pieces[4];
	char *to = room;
	ssize_t n;
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		pieces[i] = (struct iovec){ to, RECORD * (2 + actor_draw(a, 16)) };
		to += pieces[i].iov_len;
	}
	ring_alarm(WAIT_US);
	n = readv(a->session.fd, pieces, ARRAY_SIZE(pieces));
	err = n < 0 ? errno : 0;
	ring_alarm(0);
	if (n > 0)
		take_records(a, room, (size_t)n);
	return err;
}

static int op_poll(struct actor *a)
{
	struct pollfd p = { .fd = a->session.fd, .events = (short)actor_draw(a, 1 << 15) };
	int n = poll(&p, 1, (int)actor_draw(a, 10));

	if (n < 0)
		return errno;
	if (p.revents & ~(POLLIN | POLLRDNORM | POLLHUP))
		actor_fault(a, "poll says 0x%x", p.revents);
	return 0;
}

static int op_epoll(struct actor *a)
{
	struct epoll_event event = { .events = EPOLLIN | (actor_draw(a, 2) ? EPOLLET : 0) };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int err = 0;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, a->session.fd, &event) ||
	    epoll_wait(epoll, &event, 1, (int)actor_draw(a, 5)) < 0)
		err = errno;
	close(epoll);
	return err;
}

static int op_stop(struct actor *a)
{
	return stop_stream(a);
}

/* Near PROCMON_STREAM_STOP, or anything. */
static int op_bad_ioctl(struct actor *a)
{
	static const unsigned long near[] = {
		PROCMON_STREAM_STOP + 1, PROCMON_STREAM_STOP - 1,
		_IOR(_IOC_TYPE(PROCMON_STREAM_STOP), _IOC_NR(PROCMON_STREAM_STOP), long),
		_IOWR(_IOC_TYPE(PROCMON_STREAM_STOP), _IOC_NR(PROCMON_STREAM_STOP), char[4000]),
	};
	unsigned long cmd = actor_draw(a, 2) ? actor_one_of(a, near) : actor_draw(a, 1ull << 32);

	return ioctl(a->session.fd, cmd, actor_draw(a, SIZE_MAX)) ? errno : 0;
}

static int op_nonblock(struct actor *a)
{
	return fcntl(a->session.fd, F_SETFL, actor_draw(a, 2) ? O_NONBLOCK : O_ASYNC) ? errno : 0;
}

/* What other files can and this one cannot; each has one answer. */
static int op_not_a_file(struct actor *a)
{
	struct iovec piece = { room, RECORD };
	int fd = a->session.fd, want, pipes[2];
	long r;

	if (pipe2(pipes, O_CLOEXEC))
		return errno;
	switch (actor_draw(a, 10)) {
	case 0:	 r = lseek(fd, (off_t)actor_draw(a, 3) - 1, SEEK_SET);	want = ESPIPE; break;
	case 1:	 r = pread(fd, room, RECORD, 0);			want = ESPIPE; break;
	case 2:	 r = preadv(fd, &piece, 1, 0);				want = ESPIPE; break;
	case 3:	 r = mmap(NULL, RECORD, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
									want = ENODEV; break;
	case 4:	 r = splice(fd, NULL, pipes[1], NULL, RECORD, 0);	want = EINVAL; break;
	case 5:	 r = sendfile(pipes[1], fd, NULL, RECORD);		want = EINVAL; break;
	case 6:	 r = write(fd, room, RECORD);				want = EBADF;  break;
	case 7:	 r = ftruncate(fd, 0);					want = EINVAL; break;
	case 8:	 r = fallocate(fd, 0, 0, 1);				want = EBADF;  break;
	default: r = fsync(fd);						want = EINVAL; break;
	}
	if (r < 0 && errno != want)
		actor_fault(a, "%s, not %s", strerrorname_np(errno), strerrorname_np(want));
	close(pipes[0]);
	close(pipes[1]);
	return r < 0 ? want : 0;
}

/* Reads until the stream is stopped. */
static void *read_all(void *arg)
{
	struct actor *a = arg;
	ssize_t n;

	while ((n = read(a->session.fd, room, ROOM)) > 0)
		take_records(a, room, (size_t)n);
	return n ? a : NULL;
}

/* One that waits in read(2) finds out that the stream was stopped. */
static int op_stop_a_reader(struct actor *a)
{
	pthread_t thread;
	void *failed;
	int err;

	fcntl(a->session.fd, F_SETFL, 0);
	err = pthread_create(&thread, NULL, read_all, a);
	if (err)
		return err;
	usleep((useconds_t)actor_draw(a, 2 * WAIT_US));
	err = stop_stream(a);
	pthread_join(thread, &failed);
	if (failed)
		actor_fault(a, "the read that was stopped failed");
	return err;
}

static void __attribute__((noreturn)) be_forked(struct actor *a, size_t number)
{
	const struct operation *ops[nr_stream_ops];
	size_t n = actor_draw(a, 6) + 1, nr_ops = 0;

	for (size_t i = 0; i < nr_stream_ops; i++) {
		if (stream_ops[i].forked)
			ops[nr_ops++] = &stream_ops[i];
	}
	/* Not the same numbers as its siblings. */
	a->chance += number;
	for (size_t i = 0; i < n; i++)
		actor_do(a, actor_choose(a, ops, nr_ops));
	if (actor_draw(a, 2)) {
		/* It waits, and is killed there, unless it is told to go on. */
		signal(SIGALRM, SIG_DFL);
		read_stream(a, room, LEAST);
	}
	_exit(0);
}

/* Others get the stream and use it, too; this one may let go of it at once. */
static int op_fork(struct actor *a)
{
	pid_t pids[3];
	size_t n = 1 + actor_draw(a, ARRAY_SIZE(pids)), kill_at = actor_draw(a, 6);
	bool give_away = !actor_draw(a, 4);
	useconds_t wait_us = (useconds_t)actor_draw(a, WAIT_US);
	int status;

	a->session.shared = true;
	for (size_t i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork: %s", strerror(errno));
		if (!pids[i])
			be_forked(a, i);
	}
	if (give_away) {
		close(a->session.fd);
		a->session.fd = -1;
	}
	usleep(wait_us);
	if (kill_at < n)
		kill(pids[kill_at], SIGKILL);
	for (size_t i = 0; i < n; i++) {
		while (waitpid(pids[i], &status, 0) < 0)
			;
		if (WIFEXITED(status) && WEXITSTATUS(status))
			exit(EXIT_FAILURE);	/* it has said why */
		a->session.killed |= WIFSIGNALED(status);
	}
	return 0;
}

/*
 * What /dev/procmon may answer, as procmon_stream_create() says. While the
 * module comes or goes there is no file (ENOENT), or one that nobody serves (ENXIO, ENODEV).
 * ENOMEM is not among them: the guest has enough, unless the module leaks.
 */
const struct operation stream_ops[] = {
	/* name            weight when   forked fails  run                errors */
	{ "open",             60, CLOSED, false, false, op_open,          { EBUSY, ENOENT, ENXIO, ENODEV } },
	{ "open oddly",       10, CLOSED, false, false, op_open_oddly,    { EBUSY, ENOENT, ENXIO, ENODEV, EINVAL, ENOTDIR } },
	{ "open again",        5, OPEN,   true,  true,  op_open_again,    { EBUSY } },
	{ "close",            20, OPEN,   false, false, op_close,         { } },
	{ "read",             60, OPEN,   true,  false, op_read,          { EAGAIN, EINTR } },
	{ "read too small",   10, OPEN,   true,  true,  op_read_too_small, { EINVAL } },
	{ "read badly",       20, OPEN,   true,  false, op_read_badly,    { EFAULT, EAGAIN, EINTR } },
	{ "readv",            10, OPEN,   true,  false, op_readv,         { EAGAIN, EINTR } },
	{ "poll",             20, OPEN,   true,  false, op_poll,          { } },
	{ "epoll",            10, OPEN,   true,  false, op_epoll,         { } },
	{ "stop",              3, OPEN,   true,  false, op_stop,          { } },
	{ "stop a reader",     3, OPEN,   false, false, op_stop_a_reader, { } },
	{ "bad ioctl",        10, OPEN,   true,  true,  op_bad_ioctl,     { ENOTTY } },
	{ "nonblock",         10, OPEN,   true,  false, op_nonblock,      { } },
	{ "not a file",       20, OPEN,   true,  true,  op_not_a_file,    { ESPIPE, ENODEV, EINVAL, EBADF } },
	{ "fork",             10, OPEN,   false, false, op_fork,          { } },
};
const size_t nr_stream_ops = ARRAY_SIZE(stream_ops);
