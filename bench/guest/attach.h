/* SPDX-License-Identifier: GPL-2.0 */
/* Loading and unloading the module of a hook. */
#ifndef BENCH_ATTACH_H
#define BENCH_ATTACH_H

#include "guest/hooks.h"

/** OPTIMIZATION - the sysctl that decides between a jump and a breakpoint */
#define OPTIMIZATION	"/proc/sys/debug/kprobes-optimization"

/**
 * attach_module() - the object file of a hook's module
 * @hook: one that has a module
 * @modules: DIR/VARIANT/procmon.ko are the modules
 *
 * Return: its path, until the next call of path_of().
 */
const char *attach_module(const struct hook *hook, const char *modules);

/**
 * attach_optimization() - set the sysctl as a hook takes it
 * @hook: any
 *
 * It stays so. A kernel without it makes no jumps, and so has nothing to decide. Dies if it
 * is there and cannot be written.
 */
void attach_optimization(const struct hook *hook);

/**
 * attach_hook() - load the module of a hook, with the sysctl and the parameters it takes
 * @hook: one that has a module
 * @modules: as of attach_module()
 * @params: module parameters beside the hook's, separated by blanks
 *
 * The sysctl stays. Dies if there is no such module.
 *
 * Return: 0, or the errno of the kernel's refusal.
 */
int attach_hook(const struct hook *hook, const char *modules, const char *params);

/**
 * attach_refusal() - why attach_hook() was refused
 * @err: what it returned
 *
 * Return: the error's name, and what the module said last in the kernel's log, to be
 * freed.
 */
char *attach_refusal(int err);

/**
 * attach_check() - does the module say that it is this hook
 * @hook: the hook; of two sites it may have it gets the one that the module tells
 * @site: where it is attached as the module says, with the offset; replaced if that is
 *	another. To be freed; it may be NULL
 *
 * Return: NULL if so, else what is wrong, to be freed.
 */
char *attach_check(struct hook *hook, char **site);

/** detach_hook() - unload the module. Dies if the kernel does not let it go */
void detach_hook(void);

#endif
