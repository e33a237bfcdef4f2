/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of control groups, by the ids that records have. That of a container is gone
 * soon after its last process, so each is looked up as it is made, see inotify(7).
 */
#ifndef BENCH_CGROUP_H
#define BENCH_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** CGROUP_NAME - bytes of a short name, its NUL included; a longer one ends in "+" */
#define CGROUP_NAME	25

/**
 * struct cgroup - a control group of the unified hierarchy, cgroups(7)
 * @id: the inode number of its directory
 * @path: of the directory, from the hierarchy's root on, which is "/"; NULL: not known
 * @name: short, for people, and safe to print: "docker:3f2a91c0b7d2" for a container,
 *	"user@1000/app.scope" for what is a user's own, else the last part of the path;
 *	"-" if it is not known
 * @is_container: the name is that of a container
 * @wanted: it is one of those that cgroup_open() was asked for
 * @json: the members cgroup and container of a JSON object, and a comma in front
 * @json_len: bytes of it
 */
struct cgroup {
	uint64_t id;
	char *path;
	char name[CGROUP_NAME];
	bool is_container;
	bool wanted;
	char *json;
	size_t json_len;
};

/**
 * cgroup_open() - find all that there are, and begin to watch
 * @pattern: which of them are wanted, as fnmatch(3) has it, by the path of one that it is
 *	or is below, or by the short name; NULL: all, known or not
 *
 * Where there is no unified hierarchy none is known. To be called once; without it none
 * is known either, and all are wanted.
 */
void cgroup_open(const char *pattern);

/**
 * cgroup_fd() - what can be read when there are new ones; -1 if nobody watches
 */
int cgroup_fd(void);

/**
 * cgroup_update() - take in the new ones
 *
 * Return: whether there were any.
 */
bool cgroup_update(void);

/**
 * cgroup_json_most() - the most that json_len is, or was, of any of them
 */
size_t cgroup_json_most(void);

/**
 * cgroup_find() - that of an id
 * @id: see struct cgroup
 *
 * Return: it; one with no path if it is not known. Valid until cgroup_update().
 */
const struct cgroup *cgroup_find(uint64_t id);

#endif
