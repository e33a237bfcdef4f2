// SPDX-License-Identifier: GPL-2.0
/* See netlink.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/util.h"
#include "peers/netlink.h"

#define RECEIVE_BUFFER (16 << 20)

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

void netlink_receive(int sock, void (*take)(const struct nlmsghdr *head, void *arg), void *arg)
{
	static char buffer[1 << 16] __attribute__((aligned(8)));
	const struct nlmsghdr *head = (const struct nlmsghdr *)buffer;
	ssize_t n = recv(sock, buffer, sizeof(buffer), 0);
	unsigned int left;

	if (n < 0 && errno == ENOBUFS) {
		fprintf(stderr, "lost some: the receive buffer was full\n");
		return;
	}
	if (n < 0 && errno == EINTR)
		return;
	if (n < 0)
		die("cannot receive: %s", strerror(errno));
	for (left = (unsigned int)n; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left))
		take(head, arg);
}
