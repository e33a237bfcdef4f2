// SPDX-License-Identifier: GPL-2.0
/*
 * taskstats: print what the kernel's taskstats tell of each exit.
 *
 * A peer for the comparison: Debian has no listener of its own. What the kernel's
 * tools/accounting/getdelays.c does with -m: see Documentation/accounting/taskstats.rst.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/options.h"
#include "lib/util.h"
#include "peers/netlink.h"

static int sock;

/* Send a generic netlink message with one string attribute. */
static void ask(uint16_t family, uint8_t command, uint16_t attribute, const char *value)
{
	struct {
		struct nlmsghdr head;
		struct genlmsghdr generic;
		struct nlattr attr;
		char value[64];
	} msg = {
		.head = { .nlmsg_type = family, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.generic = { .cmd = command, .version = 1 },
	};

	msg.attr.nla_type = attribute;
	msg.attr.nla_len = (uint16_t)(NLA_HDRLEN + strlen(value) + 1);
	snprintf(msg.value, sizeof(msg.value), "%s", value);
	msg.head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(msg.attr.nla_len);
	if (send(sock, &msg, msg.head.nlmsg_len, 0) < 0)
		die("cannot send to the kernel: %s", strerror(errno));
}

/* The attribute of this type among the @len bytes at @at, or NULL. */
static const struct nlattr *find(const void *at, size_t len, uint16_t type)
{
	const char *p = at, *end = p + len;

	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const struct nlattr *)p;

		if (a->nla_len < NLA_HDRLEN || p + a->nla_len > end)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		p += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static const void *payload(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static void print_stats(const struct nlattr *stats)
{
	struct taskstats s = { 0 };
	size_t len = stats->nla_len - NLA_HDRLEN;

	memcpy(&s, payload(stats), len < sizeof(s) ? len : sizeof(s));
	printf("%s %u %u\n", s.ac_comm, s.ac_pid, s.ac_exitcode);
}

/* With the family's number in @arg; 0 until the kernel has answered what it is. */
static void take(const struct nlmsghdr *head, void *arg)
{
	const char *attrs = (const char *)NLMSG_DATA(head) + GENL_HDRLEN;
	size_t len = head->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	const struct nlattr *a, *stats;
	uint16_t *family = arg;

	if (head->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *err = NLMSG_DATA(head);

		if (err->error)
			die("the kernel refused: %s", strerror(-err->error));
		return;
	}
	if (head->nlmsg_type == GENL_ID_CTRL) {
		a = find(attrs, len, CTRL_ATTR_FAMILY_ID);
		if (a)
			*family = *(const uint16_t *)payload(a);
		return;
	}
	if (head->nlmsg_type != *family)
		return;
	/* The sum over a process of several threads is an aggregate without a code. */
	a = find(attrs, len, TASKSTATS_TYPE_AGGR_PID);
	stats = a ? find(payload(a), a->nla_len - NLA_HDRLEN, TASKSTATS_TYPE_STATS) : NULL;
	if (stats)
		print_stats(stats);
}

static const struct program program = {
	.name = "taskstats",
	.usage = "[--help]",
	.about =
"Print name, id and exit code (as in wait status) of each task that exits, as the\n"
"kernel's taskstats tell them, until interrupted. Needs CONFIG_TASKSTATS and\n"
"CAP_NET_ADMIN.",
};

int main(int argc, char **argv)
{
	uint16_t family = 0;
	char cpus[32];

	options_parse(&program, argc, argv);
	sock = netlink_open(NETLINK_GENERIC, 0);
	ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME);
	while (!family && !netlink_stopped())
		netlink_receive(sock, true, take, &family);
	snprintf(cpus, sizeof(cpus), "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	ask(family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus);
	netlink_listen(sock, take, &family);
	ask(family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK, cpus);
	return 0;
}
