// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/kfile.h"
#include "lib/util.h"

/* syslog(2) gives the numbers, no header the names. */
#define SYSLOG_ACTION_READ_ALL	3

const char *attach_module(const struct hook *hook, const char *modules)
{
	return path_of("%s/%s/procmon.ko", modules, hook->variant);
}

void attach_optimization(const struct hook *hook)
{
	if (!kfile_write(OPTIMIZATION, hook->optimize ? "1" : "0") && errno != ENOENT)
		die("cannot write " OPTIMIZATION ": %s", strerror(errno));
}

int attach_hook(const struct hook *hook, const char *modules, const char *params)
{
	const char *path = attach_module(hook, modules);
	char *all = xasprintf("%s %s", hook->params, params);
	int fd, err;

	attach_optimization(hook);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s: %s", path, strerror(errno));
	err = syscall(SYS_finit_module, fd, all, 0) ? errno : 0;
	close(fd);
	free(all);
	return err;
}

void detach_hook(void)
{
	if (syscall(SYS_delete_module, "procmon", O_NONBLOCK))
		die("cannot unload procmon: %s", strerror(errno));
}

/*
 * What the module said last. Return NULL if it is not in the end of the log. Of a bad
 * parameter the kernel says one line more: "`value' invalid for parameter `name'".
 */
static char *last_words(void)
{
	static const char prefix[] = "procmon: ";
	char log[4096], *found = NULL, *at = log;
	int len = klogctl(SYSLOG_ACTION_READ_ALL, log, sizeof(log) - 1);

	log[len < 0 ? 0 : len] = '\0';
	while ((at = strstr(at, prefix))) {
		at += sizeof(prefix) - 1;
		if (*at != '`')
			found = at;
	}
	return found ? strndup(found, strcspn(found, "\n")) : NULL;
}

char *attach_refusal(int err)
{
	char *words = last_words();
	char *reason = xasprintf("refused by this kernel (%s)%s%s", strerrorname_np(err),
				 words ? ": " : "", words ?: "");

	free(words);
	return reason;
}

/* Does "FUNCTION" or "FUNCTION+0xOFFSET" name this function? */
static bool is_at(const char *told, const char *site)
{
	size_t len = strlen(site);

	return !strncmp(told, site, len) && (!told[len] || told[len] == '+');
}

char *attach_check(struct hook *hook, char **site)
{
	char *stats = must_read(PROCMON_STATS);
	char *mechanism = kfile_field(stats, "mechanism");
	char *flavour = kfile_field(stats, "flavour");
	char *told = kfile_field(stats, "site");
	char *wrong = NULL;

	if (told && hook->or_site && is_at(told, hook->or_site)) {
		hook->site = hook->or_site;
		hook->or_site = NULL;
	}
	if (!mechanism || strcmp(mechanism, hook->mechanism))
		wrong = xasprintf("the mechanism is %s", mechanism ?: "not told");
	else if (!flavour || (*hook->flavour != '-' && strcmp(flavour, hook->flavour)))
		wrong = xasprintf("the flavour is %s", flavour ?: "not told");
	else if (!told || !is_at(told, hook->site))
		wrong = xasprintf("the site is %s", told ?: "not told");
	else if (!*site || strcmp(told, *site)) {
		free(*site);
		*site = xstrdup(told);
	}
	free(stats);
	free(mechanism);
	free(flavour);
	free(told);
	return wrong;
}
