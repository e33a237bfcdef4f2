// SPDX-License-Identifier: GPL-2.0
#include "boot/write.h"

#include <inttypes.h>
#include <string.h>

#include "lib/util.h"

static struct text facts;

void bootwrite_head(FILE *f, const char *kernel)
{
	fprintf(f, BOOT_MAGIC "\nenv\tkernel\t%s\n", kernel);
}

void bootwrite_take_env(const char *fact)
{
	const char *equals = strchr(fact, '=');

	if (!equals)
		die("--env takes KEY=VALUE, not \"%s\"", fact);
	text_add(&facts, "env\t%.*s\t%s\n", (int)(equals - fact), fact, equals + 1);
}

void bootwrite_env(FILE *f)
{
	if (facts.len)
		fputs(facts.s, f);
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
	fprintf(f, "block\t%s\t%u\t%" PRId64, id, b->nr, b->exits);
	write_count(f, b->hits);
	write_count(f, b->missed);
	fprintf(f, "\t%s\t", b->proof ? b->proof : "ok");
	for (size_t i = 0; i < b->n; i++)
		fprintf(f, "%s%" PRId64, i ? " " : "", b->ticks[i]);
	fputc('\n', f);
}
