// SPDX-License-Identifier: GPL-2.0
/*
 * proc_connector: print what the kernel's process connector tells of each exit.
 *
 * A peer for the comparison. forkstat of Debian asks for every event of every process,
 * and reads /proc for each; since 6.6 a listener can ask for exits alone, and the others
 * are not even queued for it: see drivers/connector/cn_proc.c. That makes this the most
 * that the connector can do.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/options.h"
#include "lib/util.h"
#include "peers/netlink.h"

/* struct proc_input of linux/cn_proc.h since 6.6; Debian 12 has older headers. */
struct subscription {
	uint32_t operation;
	uint32_t events;
};

static int sock;

static void subscribe(uint32_t operation)
{
	struct {
		struct nlmsghdr head;
		/* struct cn_msg without its flexible end, which nothing may follow */
		struct cb_id id;
		uint32_t seq, ack;
		uint16_t len, flags;
		struct subscription wanted;
	} msg = {
		.head = { .nlmsg_len = sizeof(msg), .nlmsg_type = NLMSG_DONE },
		.id = { .idx = CN_IDX_PROC, .val = CN_VAL_PROC },
		.len = sizeof(msg.wanted),
		.wanted = { .operation = operation, .events = PROC_EVENT_EXIT },
	};

	if (send(sock, &msg, sizeof(msg), 0) < 0)
		die("cannot send to the kernel: %s", strerror(errno));
}

static void print_exit(const struct nlmsghdr *head, void *arg)
{
	const struct cn_msg *msg = NLMSG_DATA(head);
	struct proc_event event = { 0 };

	(void)arg;
	if (head->nlmsg_type != NLMSG_DONE || msg->id.idx != CN_IDX_PROC)
		return;
	memcpy(&event, msg->data, msg->len < sizeof(event) ? msg->len : sizeof(event));
	/* Its answer to subscribe() is one, too. */
	if (event.what == PROC_EVENT_EXIT)
		printf("%d %d %u\n", event.event_data.exit.process_tgid,
		       event.event_data.exit.process_pid, event.event_data.exit.exit_code);
}

static const struct program program = {
	.name = "proc_connector",
	.usage = "[--help]",
	.about =
"Print process id, thread id and exit code (as in wait status) of each task that exits,\n"
"as the kernel's process connector tells them, until interrupted. Needs Linux 6.6,\n"
"CONFIG_PROC_EVENTS and CAP_NET_ADMIN.",
};

int main(int argc, char **argv)
{
	options_parse(&program, argc, argv);
	sock = netlink_open(NETLINK_CONNECTOR, CN_IDX_PROC);
	subscribe(PROC_CN_MCAST_LISTEN);
	netlink_listen(sock, print_exit, NULL);
	subscribe(PROC_CN_MCAST_IGNORE);
	return 0;
}
