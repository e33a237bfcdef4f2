// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "peers/tools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* All that the files say, as lines of a fact's name and its value. */
#define PRINT_FACTS \
	"for file in \"$TOOLS\"/*.sh; do " \
	"[ \"$file\" = \"$TOOLS/lib.sh\" ] || " \
	"sh -c '. \"$0\" && print_facts \"$0\"' \"$file\" || exit 1; done"

static const char *const part_names[NR_PEER_PARTS] = {
	[PEER_SETUP] = "setup", [PEER_RUN] = "run", [PEER_PROOF] = "proof",
	[PEER_COUNT] = "count", [PEER_LOST] = "lost", [PEER_CODES] = "codes",
	[PEER_TEARDOWN] = "teardown",
};

enum fact_kind { TEXT, NUMBER, YES_NO };

/* "file" is the first fact of each peer. */
static const struct {
	const char *name;
	enum fact_kind kind;
	size_t at;
} facts[] = {
#define FACT(name, kind) { #name, kind, offsetof(struct peer, name) }
	FACT(file, TEXT), FACT(function, TEXT), FACT(order, NUMBER),
	FACT(name, TEXT), FACT(mode, TEXT),
	FACT(window, NUMBER), FACT(named, YES_NO), FACT(stays, YES_NO), FACT(loses, TEXT),
	FACT(hook, TEXT), FACT(output, TEXT), FACT(unit, TEXT),
	FACT(bare, TEXT), FACT(tells, TEXT), FACT(options, TEXT),
	FACT(oldest_kernel, TEXT), FACT(fields, TEXT), FACT(needs, TEXT),
#undef FACT
};

struct peer *peers;
size_t nr_peers;

static bool take_part(struct peer *peer, const char *name)
{
	for (size_t i = 0; i < NR_PEER_PARTS; i++) {
		if (!strcmp(name, part_names[i])) {
			peer->has[i] = true;
			return true;
		}
	}
	return false;
}

static void take_fact(struct peer *peer, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		void *to = (char *)peer + facts[i].at;

		if (strcmp(facts[i].name, name))
			continue;
		switch (facts[i].kind) {
		case TEXT:
			*(const char **)to = xstrdup(value);
			break;
		case NUMBER:
			*(size_t *)to = strtoul(value, NULL, 10);
			break;
		case YES_NO:
			*(bool *)to = !strcmp(value, "yes");
			break;
		}
		return;
	}
	if (strcmp(name, "part") || !take_part(peer, value))
		die("%s: %s: no such fact", name, value);
}

static int compare_peers(const void *a, const void *b)
{
	const struct peer *x = a, *y = b;

	if (x->order == y->order)
		return (x->nr > y->nr) - (x->nr < y->nr);
	return x->order < y->order ? -1 : 1;
}

static void check_unique(void)
{
	for (size_t i = 0; i < nr_peers; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(peers[i].name, peers[k].name) &&
			    !strcmp(peers[i].mode, peers[k].mode))
				die("%s and %s: both have a '%s' with the mode '%s'",
				    peers[k].file, peers[i].file, peers[i].name, peers[i].mode);
		}
	}
}

void read_tools(void)
{
	FILE *f = popen(PRINT_FACTS, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		die("popen: %s", strerror(errno));
	while (getline(&line, &size, f) > 0) {
		char *at = line, *name;

		line[strcspn(line, "\n")] = '\0';
		name = strsep(&at, "\t");
		if (!strcmp(name, "file")) {
			GROW(peers, nr_peers);
			peers[nr_peers] = (struct peer){
				.nr = nr_peers,
				.hook = "-", .output = "-", .unit = "-", .bare = "-", .tells = "-",
				.options = "-", .oldest_kernel = "-", .fields = "-", .needs = "-",
			};
			nr_peers++;
		}
		if (!nr_peers || !at)
			die("%s: no fact: a tool file prints nothing by itself", name);
		take_fact(&peers[nr_peers - 1], name, at);
	}
	free(line);
	if (pclose(f) || !nr_peers)
		die("%s: a tool file is not in order", getenv("TOOLS"));
	qsort(peers, nr_peers, sizeof(*peers), compare_peers);
	check_unique();
}

char *peer_command(const struct peer *peer, enum peer_part part)
{
	return xasprintf(". \"$TOOLS/%s\" && %s && %s", peer->file, peer->function,
			 part_names[part]);
}

bool peer_matches(const struct peer *peer, const char *only)
{
	return strstr(peer->name, only) || strstr(peer->mode, only);
}
