// SPDX-License-Identifier: GPL-2.0
#include "boot/write.h"

#include <inttypes.h>
#include <string.h>

#include "lib/util.h"

/* What --env gave. */
static const char **facts;
static size_t nr_facts;

void bootwrite_head(FILE *f, const char *kernel)
{
	fprintf(f, BOOT_MAGIC "\nenv\tkernel\t%s\n", kernel);
}

void bootwrite_take_env(const char *fact)
{
	if (!strchr(fact, '='))
		die("--env takes KEY=VALUE, not \"%s\"", fact);
	GROW(facts, nr_facts);
	facts[nr_facts++] = fact;
}

void bootwrite_env(FILE *f)
{
	size_t i;

	for (i = 0; i < nr_facts; i++) {
		const char *equals = strchr(facts[i], '=');

		fprintf(f, "env\t%.*s\t%s\n", (int)(equals - facts[i]), facts[i], equals + 1);
	}
}

/* A count, or a dash for one that is not told. */
static void write_count(FILE *f, int64_t count)
{
	if (count == NOT_TOLD)
		fputs("\t-", f);
	else
		fprintf(f, "\t%" PRId64, count);
}

void bootwrite_block(FILE *f, const char *id, const struct block *b)
{
	size_t i;

	fprintf(f, "block\t%s\t%u\t%" PRId64, id, b->nr, b->exits);
	write_count(f, b->hits);
	write_count(f, b->missed);
	fprintf(f, "\t%s\t", b->proof ? b->proof : "ok");
	for (i = 0; i < b->n; i++)
		fprintf(f, "%s%" PRId64, i ? " " : "", b->ticks[i]);
	fputc('\n', f);
}
