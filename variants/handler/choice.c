// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters that are one of a few words.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "internal.h"

static int choice_set(const char *val, const struct kernel_param *kp)
{
	struct procmon_choice *choice = kp->arg;
	char allowed[64] = "";
	int len, i;

	len = strscpy(allowed, choice->words[1] ? "one of " : "", sizeof(allowed));

	for (i = 0; choice->words[i]; i++) {
		if (sysfs_streq(val, choice->words[i])) {
			WRITE_ONCE(choice->value, i);
			if (choice->changed)
				choice->changed();
			return 0;
		}
		len += scnprintf(allowed + len, sizeof(allowed) - len, "%s%s",
				 i ? ", " : "", choice->words[i]);
	}
	return procmon_param_refuse(kp, val, allowed);
}

static int choice_get(char *buffer, const struct kernel_param *kp)
{
	const struct procmon_choice *choice = kp->arg;

	return sysfs_emit(buffer, "%s\n",
			  choice->words[READ_ONCE(choice->value)]);
}

const struct kernel_param_ops procmon_choice_ops = {
	.set = choice_set,
	.get = choice_get,
};
