// SPDX-License-Identifier: GPL-2.0
#include "trace/marks.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/util.h"

volatile char *marks;

void marks_begin(void)
{
	void *at = mmap((void *)MARKS_AT, MARK_NR, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);

	if (at != (void *)MARKS_AT)
		die("no memory at the address of the marks: %s", strerror(errno));
	marks = at;
	mark(MARK_READY);
}

void marks_print(const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < t.len; i++)
		mark(MARK_TEXT + (unsigned char)t.s[i]);
	text_free(&t);
}
