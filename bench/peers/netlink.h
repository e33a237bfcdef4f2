/* SPDX-License-Identifier: GPL-2.0 */
/* What our listeners to the kernel's netlink messages share; see netlink(7). */
#ifndef PEERS_NETLINK_H
#define PEERS_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * netlink_open() - A socket that holds many messages, and a handler for what ends us
 * @protocol: as of netlink(7)
 * @groups: the multicast groups to join, a bit each, or 0
 *
 * From then on SIGINT and SIGTERM make netlink_stopped() true. The receive buffer is as
 * large as for a machine that is watched for real: 16 MB, whatever net.core.rmem_max says
 * (SO_RCVBUFFORCE of socket(7), with CAP_NET_ADMIN).
 *
 * Return: the socket; it does not come back if there is none.
 */
int netlink_open(int protocol, uint32_t groups);

/**
 * netlink_stopped() - Has somebody told us to end?
 */
bool netlink_stopped(void);

/**
 * netlink_receive() - Take messages
 * @sock: the socket
 * @wait: until there is one; else take all that have come
 * @take: called with each message and @arg
 * @arg: for @take
 *
 * That the kernel had to drop some is said on stderr: it tells that, but not how many.
 * A signal ends the waiting.
 */
void netlink_receive(int sock, bool wait,
		     void (*take)(const struct nlmsghdr *head, void *arg), void *arg);

/**
 * netlink_listen() - Take all messages, ten times a second, until netlink_stopped()
 * @sock: the socket
 * @take: called with each message and @arg
 * @arg: for @take
 *
 * What is written to stdout is handed over after each look.
 */
void netlink_listen(int sock, void (*take)(const struct nlmsghdr *head, void *arg), void *arg);

#endif
