// SPDX-License-Identifier: GPL-2.0
#include "boot/write.h"

#include <inttypes.h>
#include <string.h>

#include "lib/util.h"

void bootwrite_head(FILE *f, const char *kernel)
{
	fprintf(f, BOOT_MAGIC "\nenv\tkernel\t%s\n", kernel);
}

void bootwrite_env(FILE *f, char *const *envs, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		size_t key = strcspn(envs[i], "=");

		if (!envs[i][key])
			die("--env takes KEY=VALUE, not \"%s\"", envs[i]);
		fprintf(f, "env\t%.*s\t%s\n", (int)key, envs[i], envs[i] + key + 1);
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
