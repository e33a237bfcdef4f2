// SPDX-License-Identifier: GPL-2.0
/*
 * What all parameters do with a value that is not possible.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/string.h>

#include "internal.h"

/* Of a longer value the log has the beginning: a line has room for the advice, too. */
#define SHOWN	64

/**
 * procmon_param_refuse - say that a value is not possible, and what is
 * @kp: the parameter
 * @val: the value
 * @allowed: what to use instead
 *
 * Context: process context.
 * Return: -EINVAL, whatever it was that is wrong with @val.
 */
int procmon_param_refuse(const struct kernel_param *kp, const char *val,
			 const char *allowed)
{
	size_t len = strcspn(val, "\n");

	pr_err("%s=%*pE%s is not possible: use %s\n", kp->name,
	       (int)min_t(size_t, len, SHOWN), val, len > SHOWN ? "..." : "",
	       allowed);
	return -EINVAL;
}
