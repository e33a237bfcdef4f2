// SPDX-License-Identifier: GPL-2.0
/* See netlink.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/util.h"
#include "peers/netlink.h"

#define RECEIVE_BUFFER (16 << 20)

/* The largest message is that of taskstats, below a page with all that is around it. */
#define DATAGRAM	4096
#define DATAGRAMS	64

/* ns between two looks, as procmon's reader has it. */
#define PAUSE		100000000

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

bool netlink_stopped(void)
{
	return stopped;
}

int netlink_open(int protocol, uint32_t groups)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int size = RECEIVE_BUFFER, sock;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (sock < 0)
		die("socket: %s", strerror(errno));
	if (setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("cannot enlarge the receive buffer: %s", strerror(errno));
	if (bind(sock, (struct sockaddr *)&address, sizeof(address)))
		die("cannot join the kernel's messages: %s", strerror(errno));
	return sock;
}

static void take_all(char *datagram, size_t len,
		     void (*take)(const struct nlmsghdr *head, void *arg), void *arg)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)datagram;
	unsigned int left = (unsigned int)len;

	for (; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left))
		take(head, arg);
}

/*
 * One call takes many datagrams. Whoever waits for the next is woken at nearly each exit,
 * and pays for two switches of the CPU; whoever looks ten times a second is not.
 */
void netlink_receive(int sock, bool wait,
		     void (*take)(const struct nlmsghdr *head, void *arg), void *arg)
{
	static char buffers[DATAGRAMS][DATAGRAM] __attribute__((aligned(8)));
	struct iovec at[DATAGRAMS];
	struct mmsghdr messages[DATAGRAMS] = { 0 };
	bool more;
	int n;

	for (size_t i = 0; i < DATAGRAMS; i++) {
		at[i] = (struct iovec){ .iov_base = buffers[i], .iov_len = DATAGRAM };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &at[i], .msg_iovlen = 1 };
	}
	do {
		int error = 0;

		n = recvmmsg(sock, messages, DATAGRAMS, wait ? MSG_WAITFORONE : MSG_DONTWAIT,
			     NULL);
		if (n < 0)
			error = errno;
		if (error == ENOBUFS)
			fprintf(stderr, "lost some: the receive buffer was full\n");
		else if (error && error != EINTR && error != EAGAIN)
			die("cannot receive: %s", strerror(error));
		for (int i = 0; i < n; i++)
			take_all(buffers[i], messages[i].msg_len, take, arg);
		more = n == DATAGRAMS || (error && error != EAGAIN);
	} while (more && !wait);
}

void netlink_listen(int sock, void (*take)(const struct nlmsghdr *head, void *arg), void *arg)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	while (!stopped) {
		nanosleep(&pause, NULL);
		netlink_receive(sock, false, take, arg);
		fflush(stdout);
	}
}
