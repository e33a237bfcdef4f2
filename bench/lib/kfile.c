// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "lib/kfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

const char *path_of(const char *fmt, ...)
{
	static char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(path, sizeof(path), fmt, ap) >= (int)sizeof(path))
		die("too long a path: %s", path);
	va_end(ap);
	return path;
}

char *kfile_read(const char *path)
{
	size_t size = 4096;
	size_t len = 0;
	char *text = xrealloc(NULL, size, 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		goto fail;
	/* such files have no size: read until there is no more */
	while ((n = read(fd, text + len, size - len - 1)) > 0) {
		len += (size_t)n;
		if (len == size - 1) {
			size *= 2;
			text = xrealloc(text, size, 1);
		}
	}
	if (n < 0)
		goto close;
	close(fd);
	text[len] = '\0';
	return text;

close:
	close(fd);
fail:
	free(text);
	return NULL;
}

static bool write_as(const char *path, const char *text, int flag)
{
	int fd = open(path, O_WRONLY | flag | O_CLOEXEC);
	size_t len = strlen(text);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, len) == (ssize_t)len;
	if (close(fd))
		ok = false;
	return ok;
}

bool kfile_write(const char *path, const char *text)
{
	return write_as(path, text, O_TRUNC);
}

char *kfile_field(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *line = text;

	while (line) {
		if (!strncmp(line, key, len) && (line[len] == ' ' || line[len] == '\t')) {
			const char *value = line + len + 1;

			return strndup(value, strcspn(value, "\n"));
		}
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return NULL;
}

int64_t kfile_number(const char *text, const char *key)
{
	char *value = kfile_field(text, key);
	int64_t number = -1;
	char *end;

	if (value) {
		number = strtoll(value, &end, 10);
		if (end == value)
			number = -1;
	}
	free(value);
	return number;
}

char *must_read(const char *path)
{
	char *text = kfile_read(path);

	if (!text)
		die("cannot read %s: %s", path, strerror(errno));
	return text;
}

void must_write(const char *path, const char *text)
{
	if (!kfile_write(path, text))
		die("cannot write \"%s\" to %s: %s", text, path, strerror(errno));
}

void must_append(const char *path, const char *text)
{
	if (!write_as(path, text, O_APPEND))
		die("cannot add \"%s\" to %s: %s", text, path, strerror(errno));
}
