// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "reader/cgroup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/util.h"
#include "reader/escape.h"
#include "reader/memo.h"

/* Of those that are gone so many are remembered, for exits that are yet to be read. */
#define GONE_MOST	16384

#define PLACE_BITS	10

/* How the id of a container is shown, and how long it is in a path. */
#define ID_SHOWN	12
#define ID_LEN		64

/* A directory that is watched. */
struct watch {
	int wd;				/* the key, so it comes first */
	struct cgroup *group;
};

static const char *root;
static const char *pattern;
static int watch_fd = -1;
static void *watches;
static void *groups;
static struct cgroup *gone[GONE_MOST];
static size_t n_gone;
static size_t json_most;
static bool any_new;

#define BYTES_JSON	",\"cgroup_bytes\":1"
#define UNKNOWN_JSON	",\"cgroup\":null,\"container\":null"
static char unknown_json[] = UNKNOWN_JSON;
static struct cgroup unknown = {
	.name = "-", .wanted = true, .json = unknown_json, .json_len = sizeof(UNKNOWN_JSON) - 1,
};

/* Most come again soon. */
static const struct cgroup *places[1 << PLACE_BITS];

static const struct cgroup **place_of(uint64_t id)
{
	return &places[memo_hash(id) >> (64 - PLACE_BITS)];
}

static int by_id(const void *a, const void *b)
{
	const struct cgroup *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_wd(const void *a, const void *b)
{
	const struct watch *x = a, *y = b;

	return (x->wd > y->wd) - (x->wd < y->wd);
}

/* Is it the id of a container? */
static bool is_id(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isxdigit((unsigned char)s[n]))
		n++;
	return n == ID_LEN;
}

/* How the directories of containers are called, by whoever makes them. */
static const struct {
	const char *prefix, *engine;
	bool by_name;	/* and not by an id */
} engines[] = {
	{ "docker-", "docker", false },
	{ "libpod-", "podman", false },
	{ "cri-containerd-", "containerd", false },
	{ "crio-", "cri-o", false },
	{ "nerdctl-", "nerdctl", false },
	{ "lxc.payload.", "lxc", true },
	{ "machine-", "machine", true },
};

static bool begins(const char *s, size_t len, const char *with)
{
	return len > strlen(with) && !strncmp(s, with, strlen(with));
}

/* The part of a path, if it is the directory of a container: "ENGINE:ID" or "ENGINE:NAME". */
static char *container_of(const char *path, const char *part, size_t len)
{
	if (len > strlen(".scope") && !strncmp(part + len - strlen(".scope"), ".scope",
					       strlen(".scope")))
		len -= strlen(".scope");
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
		size_t n = strlen(engines[i].prefix);

		if (!begins(part, len, engines[i].prefix))
			continue;
		if (engines[i].by_name)
			return xasprintf("%s:%.*s", engines[i].engine, (int)(len - n), part + n);
		if (is_id(part + n, len - n))
			return xasprintf("%s:%.*s", engines[i].engine, ID_SHOWN, part + n);
	}
	/* without systemd the engine's name is at most in the directory above */
	if (is_id(part, len))
		return xasprintf("%s:%.*s", begins(path, strlen(path), "/docker/") ? "docker" :
				 "container", ID_SHOWN, part);
	return NULL;
}

/* The innermost container that the path is of, or NULL; to be freed. */
static char *find_container(const char *path)
{
	size_t end = strlen(path), begin;
	char *name = NULL;

	while (end && !name) {
		begin = end;
		while (begin && path[begin - 1] != '/')
			begin--;
		name = container_of(path, path + begin, end - begin);
		end = begin ? begin - 1 : 0;
	}
	return name;
}

/* Of what is no container; to be freed. */
static char *short_name(const char *path)
{
	const char *last = strrchr(path, '/') + 1, *user = strstr(path, "/user@");

	if (!*last)
		return xstrdup("/");
	if (user && strchr(user + 1, '/'))
		return xasprintf("%.*s/%s", (int)strcspn(user + 1, "./"), user + 1, last);
	return xstrdup(last);
}

/* As much of it as there is room for. */
static void set_name(struct cgroup *g, const char *name)
{
	char *text = xcalloc(strlen(name) + 1, ESCAPE_TEXT_MOST);
	size_t len = (size_t)(escape_text(text, name, strlen(name)) - text);

	snprintf(g->name, sizeof(g->name), "%s", text);
	if (len >= sizeof(g->name))
		g->name[sizeof(g->name) - 2] = '+';
	free(text);
}

static void set_json(struct cgroup *g, const char *container)
{
	size_t len = strlen(g->path) + (container ? strlen(container) : 0);
	bool text = escape_is_utf8(g->path, strlen(g->path));
	char *p = g->json = xcalloc(1, len * ESCAPE_JSON_MOST + sizeof(UNKNOWN_JSON) +
				       strlen(BYTES_JSON));

	p = stpcpy(p, ",\"cgroup\":\"");
	p = escape_json(p, g->path, strlen(g->path), text);
	p = stpcpy(p, "\",\"container\":");
	if (container) {
		p = escape_json(stpcpy(p, "\""), container, strlen(container), text);
		p = stpcpy(p, "\"");
	} else {
		p = stpcpy(p, "null");
	}
	if (!text)
		p = stpcpy(p, BYTES_JSON);
	g->json_len = (size_t)(p - g->json);
	if (g->json_len > json_most)
		json_most = g->json_len;
}

static bool is_wanted(const char *path, const char *name)
{
	return !pattern || !fnmatch(pattern, path, FNM_LEADING_DIR) || !fnmatch(pattern, name, 0);
}

static struct cgroup *remember(uint64_t id, const char *path)
{
	struct cgroup key = { .id = id }, *g;
	struct cgroup **found = tfind(&key, &groups, by_id);
	char *container, *name;

	if (found)
		return *found;
	g = xcalloc(1, sizeof(*g));
	g->id = id;
	g->path = xstrdup(*path ? path : "/");
	container = find_container(g->path);
	name = container ? xstrdup(container) : short_name(g->path);
	g->is_container = container;
	g->wanted = is_wanted(g->path, name);
	set_name(g, name);
	set_json(g, container);
	free(name);
	free(container);
	if (!tsearch(g, &groups, by_id))
		die("out of memory");
	*place_of(id) = NULL;
	any_new = true;
	return g;
}

/* In place of the one that has been gone for longest. */
static void remember_gone(struct cgroup *g)
{
	struct cgroup **at = &gone[n_gone++ % GONE_MOST];

	if (*at) {
		tdelete(*at, &groups, by_id);
		*place_of((*at)->id) = NULL;
		free((*at)->path);
		free((*at)->json);
		free(*at);
	}
	*at = g;
}

static void watch(int wd, struct cgroup *g)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	struct watch **found;

	*w = (struct watch){ .wd = wd, .group = g };
	found = tsearch(w, &watches, by_wd);
	if (!found)
		die("out of memory");
	if (*found != w)
		free(w);
}

static void cannot_watch(void)
{
	static bool told;

	if (!told)
		fprintf(stderr, "procmon: not all cgroups can be watched, so names may be missing: %s\n",
			errno == ENOSPC ? "see fs.inotify.max_user_watches" : strerror(errno));
	told = true;
}

/* It and all below it; @path is "" for the root. It may be gone meanwhile. */
static void add_tree(const char *path)
{
	char *dir = xasprintf("%s%s", root, path);
	int wd = inotify_add_watch(watch_fd, dir, IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW);
	struct dirent *entry;
	struct cgroup *g;
	struct stat st;
	DIR *d;

	if (wd < 0 && errno != ENOENT)
		cannot_watch();
	/* what is made behind the watch is told, and what was made before is listed */
	d = opendir(dir);
	if (d && !fstat(dirfd(d), &st)) {
		g = remember(st.st_ino, path);
		if (wd >= 0)
			watch(wd, g);
		while ((entry = readdir(d))) {
			char *below;

			if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
				continue;
			below = xasprintf("%s/%s", path, entry->d_name);
			add_tree(below);
			free(below);
		}
	}
	if (d)
		closedir(d);
	free(dir);
}

void cgroup_open(const char *wanted)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	pattern = wanted;
	unknown.wanted = !wanted;
	for (size_t i = 0; i < ARRAY_SIZE(mounts) && !root; i++)
		if (!statfs(mounts[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			root = mounts[i];
	if (!root)
		return;
	watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch_fd < 0)
		cannot_watch();
	add_tree("");
}

int cgroup_fd(void)
{
	return watch_fd;
}

static void take_event(const struct inotify_event *event)
{
	struct watch key = { .wd = event->wd }, **found = tfind(&key, &watches, by_wd), *w;
	const char *above;
	char *path;

	if (event->mask & IN_Q_OVERFLOW) {
		add_tree("");
		return;
	}
	if (!found)
		return;
	w = *found;
	if (event->mask & IN_IGNORED) {
		tdelete(w, &watches, by_wd);
		remember_gone(w->group);
		free(w);
	} else if ((event->mask & IN_ISDIR) && event->len) {
		above = strcmp(w->group->path, "/") ? w->group->path : "";
		path = xasprintf("%s/%s", above, event->name);
		add_tree(path);
		free(path);
	}
}

bool cgroup_update(void)
{
	char buf[1 << 16] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	any_new = false;
	while (watch_fd >= 0 && (n = read(watch_fd, buf, sizeof(buf))) > 0) {
		const struct inotify_event *event;

		for (char *p = buf; p < buf + n; p += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)p;
			take_event(event);
		}
	}
	return any_new;
}

size_t cgroup_json_most(void)
{
	return json_most;
}

const struct cgroup *cgroup_find(uint64_t id)
{
	const struct cgroup **place = place_of(id);
	struct cgroup key = { .id = id }, **found;

	if (!groups)
		return &unknown;
	if (!*place || (*place)->id != id) {
		found = tfind(&key, &groups, by_id);
		if (!found)
			return &unknown;
		*place = *found;
	}
	return *place;
}
