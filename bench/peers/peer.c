// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "peers/peer.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/kfile.h"

/* Polls in a row with the same number of context switches: it has settled. */
#define SETTLED		3
/* Polls after which we begin although it has not: it wakes up by itself. */
#define RESTLESS	10
/* Of a restless one, the proof is tried at every so manyth poll only. */
#define PROOF_EVERY	8
/* Polls between two signals to one that does not end. */
#define SIGINT_EVERY	200

static pid_t group;		/* of the peer's processes, or 0 */
static const struct pace *pace;

void each_number(const char *path, void (*visit)(const char *dir, void *arg), void *arg)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		return;		/* the process has just ended */
	while ((e = readdir(d))) {
		char *dir;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		dir = xasprintf("%s/%s", path, e->d_name);
		visit(dir, arg);
		free(dir);
	}
	closedir(d);
}

static void visit_thread(const char *dir, void *arg)
{
	struct peer_tree *tree = arg;
	char *status = kfile_read(path_of("%s/status", dir));

	if (!status)
		return;
	tree->wakeups += kfile_number(status, "voluntary_ctxt_switches:");
	tree->switches += kfile_number(status, "voluntary_ctxt_switches:") +
			  kfile_number(status, "nonvoluntary_ctxt_switches:");
	if (!strstr(status, "\nState:\tS"))
		tree->asleep = false;
	free(status);
}

/* What peer_tree() collects. */
struct processes {
	struct peer_tree tree;
	struct text dirs;
	pid_t *pids;
	size_t nr;
};

static bool is_among(const struct processes *found, pid_t pid)
{
	for (size_t i = 0; i < found->nr; i++)
		if (found->pids[i] == pid)
			return true;
	return false;
}

static void visit_process(const char *dir, void *arg)
{
	struct processes *found = arg;
	struct peer_tree *tree = &found->tree;
	char *stat = kfile_read(path_of("%s/stat", dir));
	char *behind = stat ? strrchr(stat, ')') : NULL;
	char *status, *task;
	int parent, pgrp;

	/* Daemons make themselves a group of their own; /proc has them after their parents. */
	if (!behind || sscanf(behind, ") %*c %d %d", &parent, &pgrp) != 2 ||
	    (pgrp != group && !is_among(found, parent))) {
		free(stat);
		return;
	}
	free(stat);
	GROW(found->pids, found->nr);
	found->pids[found->nr++] = (pid_t)strtol(strrchr(dir, '/') + 1, NULL, 10);
	text_add(&found->dirs, "%s%s", found->dirs.len ? " " : "", dir);
	status = kfile_read(path_of("%s/status", dir));
	if (status) {
		if (kfile_number(status, "VmHWM:") > 0)
			tree->peak += kfile_number(status, "VmHWM:");
		free(status);
	}
	task = xasprintf("%s/task", dir);
	each_number(task, visit_thread, tree);
	free(task);
}

struct peer_tree peer_tree(void)
{
	struct processes found = { .tree.asleep = true };

	if (group)
		each_number("/proc", visit_process, &found);
	setenv("P", found.dirs.s ?: "/proc/none", 1);
	text_free(&found.dirs);
	free(found.pids);
	return found.tree;
}

/* As text, for people, to be freed; @text, which may be NULL, is freed. */
static char *last_line(char *text)
{
	size_t len = text ? strlen(text) : 0;
	char *line;

	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
	line = len ? strrchr(text, '\n') : NULL;
	line = xstrdup(line ? line + 1 : text ?: "");
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	free(text);
	return line;
}

bool peer_sh(const char *command, char **output)
{
	char *all = xasprintf("{ %s\n} 2>&1", command);
	FILE *f = popen(all, "re");
	struct text t = { 0 };
	char line[512];
	int status;

	if (!f)
		die("popen: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		text_add(&t, "%s", line);
	status = pclose(f);
	if (output)
		*output = last_line(t.s);
	else
		text_free(&t);
	free(all);
	return status == 0;
}

/* Call a function of the tool file; as peer_sh(). */
static bool call(const struct peer *peer, enum peer_part part, char **output)
{
	char *command = peer_command(peer, part);
	bool ok = peer_sh(command, output);

	free(command);
	return ok;
}

int64_t peer_number(const struct peer *peer, enum peer_part part)
{
	int64_t n = -1;
	char *line, *end;

	if (!peer->has[part])
		return -1;
	if (call(peer, part, &line)) {
		n = strtoll(line, &end, 10);
		if (end == line)
			n = -1;
	}
	free(line);
	return n;
}

/* What a peer may have left in the kernel; NULL if nothing. */
static char *leftovers(void)
{
	static const struct {
		const char *path, *clean;
	} lists[] = {
		{ DEBUGFS "kprobes/list", "" },
		{ TRACEFS "enabled_functions", "" },
		{ TRACEFS "current_tracer", "nop" },
		{ TRACEFS "events/sched/sched_process_exit/enable", "0" },
	};
	char *what = NULL;

	for (size_t i = 0; !what && i < ARRAY_SIZE(lists); i++) {
		char *line = last_line(kfile_read(lists[i].path));

		if (strcmp(line, lists[i].clean))
			what = xasprintf("%s in %s", line, strrchr(lists[i].path, '/') + 1);
		free(line);
	}
	return what;
}

/* The first line that calls itself an error, or the last one; of stdout if there is none. */
static char *complaint(void)
{
	char *text = kfile_read(PEER_OUT ".err"), *error;

	if (!text || !*text) {
		free(text);
		text = kfile_read(PEER_OUT ".out");
	}
	error = text ? strcasestr(text, "error:") : NULL;
	if (error)
		error[strcspn(error, "\n")] = '\0';
	return last_line(text);
}

/* Why the peer's process has ended by itself. */
static char *why_ended(int status)
{
	bool killed = WIFSIGNALED(status);
	char *said = complaint();
	char *why = xasprintf("%s %d: %s", killed ? "died of signal" : "ended with status",
			      killed ? WTERMSIG(status) : WEXITSTATUS(status), said);

	free(said);
	return why;
}

static void launch(const struct peer *peer)
{
	char *command = peer_command(peer, PEER_RUN);

	group = fork();
	if (group < 0)
		die("fork: %s", strerror(errno));
	if (!group) {
		/* A group, as from a shell, but no session: see scripts/guest/init.sh. */
		setpgid(0, 0);
		if (!freopen("/dev/null", "r", stdin) || !freopen(PEER_OUT ".out", "w", stdout) ||
		    !freopen(PEER_OUT ".err", "w", stderr))
			_exit(126);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	setpgid(group, group);
	free(command);
}

bool peer_proved(const struct peer *peer)
{
	peer_tree();
	return call(peer, PEER_PROOF, NULL);
}

/* Wait until it is attached and at rest. NULL if so, else what went wrong. */
static char *await(const struct peer *peer)
{
	int64_t switches = -1;
	int calm = 0, polls = 0, turn;
	int status;

	for (turn = 1; turn <= pace->max_start; turn++) {
		struct peer_tree tree = peer_tree();
		bool ready = false;

		if (group && waitpid(group, &status, WNOHANG) == group) {
			group = 0;
			return why_ended(status);
		}
		if (tree.asleep && tree.switches == switches)
			calm++;
		else
			calm = 0;
		switches = tree.switches;
		/* The shell takes time that the peer needs. */
		if (calm >= SETTLED || polls || !group || turn % PROOF_EVERY == 0)
			ready = call(peer, PEER_PROOF, NULL);
		polls = ready ? polls + 1 : 0;
		if (ready && (!group || calm >= SETTLED || polls >= RESTLESS))
			return NULL;
		pace->rest();
	}
	return xasprintf("not attached after %s", pace->limit);
}

char *peer_start(const struct peer *peer)
{
	char *said = NULL, *wrong = NULL;

	peer_sh("rm -rf $OUT.*; : >$OUT.out; : >$OUT.err", NULL);
	if (peer->has[PEER_SETUP] && !call(peer, PEER_SETUP, &said))
		wrong = xasprintf("cannot be set up: %s", said);
	free(said);
	if (wrong)
		return wrong;
	if (peer->has[PEER_RUN])
		launch(peer);
	return await(peer);
}

void peer_settle(void)
{
	int calm = 0, turn;

	for (turn = 0; group && calm < RESTLESS && turn < pace->max_start; turn++) {
		calm = peer_tree().asleep ? calm + 1 : 0;
		pace->rest();
	}
}

char *peer_stop(void)
{
	char *trouble = NULL;
	int status, turn;

	if (!group)
		return NULL;
	kill(-group, SIGINT);
	for (turn = 1; waitpid(group, &status, WNOHANG) != group; turn++) {
		if (turn == pace->max_stop) {
			trouble = xstrdup("killed: SIGINT did not end it");
			kill(-group, SIGKILL);
		} else if (turn % SIGINT_EVERY == 0) {
			/* bpftrace may miss one that comes just before it waits. */
			kill(-group, SIGINT);
		}
		pace->rest();
	}
	/* Whoever is left of its group. */
	kill(-group, SIGKILL);
	group = 0;
	return trouble;
}

char *peer_undo(const struct peer *peer)
{
	if (peer->has[PEER_TEARDOWN])
		call(peer, PEER_TEARDOWN, NULL);
	peer_sh("echo >$T/trace", NULL);
	return leftovers();
}

void peer_begin(const char *tools, const char *modules, const char *programs,
		const struct pace *how)
{
	pace = how;
	setenv("TOOLS", tools, 1);
	setenv("STORM", STORM_COMM, 1);
	setenv("MODULES", modules, 1);
	setenv("B", programs, 1);
	setenv("PROCMON", path_of("%s/procmon", programs), 1);
	setenv("OUT", PEER_OUT, 1);
	setenv("T", TRACEFS ".", 1);
	setenv("D", DEBUGFS ".", 1);
	read_tools();
}
