// SPDX-License-Identifier: GPL-2.0
/*
 * The exits that nobody handled.
 */
#include <linux/minmax.h>

#include "internal.h"

/**
 * procmon_missed - exits that were never handled, as far as anybody knows
 *
 * By the mechanism's own count or by the audit: one knows more than the other.
 * With audit=Y it may be off by the exits that are under way.
 *
 * Context: process context; the module is not yet gone.
 * Return: their number since the module was loaded.
 */
unsigned long procmon_missed(void)
{
	struct procmon_counters sum;

	procmon_counters_sum(&sum);
	return max(procmon_variant.missed(), procmon_audit_missed(&sum));
}
