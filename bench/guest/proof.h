/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel itself lists of attached kprobes and traced functions. */
#ifndef BENCH_PROOF_H
#define BENCH_PROOF_H

#include <stdbool.h>

#include "guest/hooks.h"

/**
 * proof_begin() - look at the lists before there is any hook
 * @crowded: others may be attached, for as long as we measure; what is listed of
 *	them is no longer looked at. Else the lists must be empty without a hook
 */
void proof_begin(bool crowded);

/**
 * proof_check() - do the lists prove the hook, and nothing else
 * @hook: the only one of ours that is attached; or NULL, none is
 *
 * A function that ftrace calls for two users counts twice. A kprobe on an entry
 * where another kprobe uses ftrace is called by that one's ftrace_ops, so it is
 * new among the kprobes only.
 *
 * Return: NULL if so, else what is wrong, to be freed.
 */
char *proof_check(const struct hook *hook);

/**
 * proof_gone() - is the hook gone from the lists, and nothing else
 * @hook: it was there when proof_begin() looked, with others
 *
 * What a kprobe is, is not looked at: it may have changed meanwhile.
 *
 * Return: NULL if so, else what is wrong, to be freed.
 */
char *proof_gone(const struct hook *hook);

#endif
