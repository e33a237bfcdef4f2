// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/random.h"
#include "lib/util.h"

void actor_turn(struct actor *a, size_t turn)
{
	a->turn = turn;
	a->chance = a->seed;
	a->chance = random_next(&a->chance) + a->number;
	a->chance = random_next(&a->chance) + turn;
}

size_t actor_draw(struct actor *a, size_t n)
{
	return random_next(&a->chance) % n;
}

void actor_draw_bytes(struct actor *a, char *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (char)actor_draw(a, 256);
}

void actor_fault(const struct actor *a, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	die("seed %zu, process %zu, operation %zu, %s: %s", a->seed, a->number, a->turn,
	    a->operation->name, t.s);
}

const struct operation *actor_choose(struct actor *a, const struct operation *const *ops,
				     size_t n)
{
	size_t sum = 0, at;

	for (size_t i = 0; i < n; i++)
		sum += ops[i]->weight;
	at = actor_draw(a, sum);
	while (at >= (*ops)->weight)
		at -= (*ops++)->weight;
	return (*ops)->when == (a->session.fd < 0 ? OPEN : CLOSED) ? NULL : *ops;
}

int actor_do(struct actor *a, const struct operation *op)
{
	int err;

	a->operation = op;
	err = op->run(a);
	if (!err && op->fails)
		actor_fault(a, "it must fail, and did not");
	for (size_t i = 0; err && op->errors[i] != err; i++) {
		if (!op->errors[i])
			actor_fault(a, "%s, which it may not end with", strerrorname_np(err));
	}
	return err;
}

int actor_write(const char *path, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, bytes, n) < 0)
		err = errno;
	close(fd);
	return err;
}
