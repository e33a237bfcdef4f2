// SPDX-License-Identifier: GPL-2.0
/*
 * What one record stands for, as the user chose it.
 */
#include <linux/module.h>

#include "internal.h"

static const char *const unit_words[] = {
	[PROCMON_TASK]		= "task",
	[PROCMON_PROCESS]	= "process",
	NULL
};

static struct procmon_choice unit = { .words = unit_words };
module_param_cb(unit, &procmon_choice_ops, &unit, 0444);
MODULE_PARM_DESC(unit,
		 "what one record stands for: task (every thread that exits; default) or process (once, when its last thread is gone, with the status that wait(2) gives)");

/**
 * procmon_unit - the chosen unit
 *
 * Context: any; it never changes while the module is loaded.
 * Return: the unit.
 */
enum procmon_unit procmon_unit(void)
{
	return unit.value;
}

/**
 * procmon_unit_name - the name of the chosen unit
 *
 * Return: as the user writes it.
 */
const char *procmon_unit_name(void)
{
	return unit.words[unit.value];
}
