// SPDX-License-Identifier: GPL-2.0
/*
 * The counters: a small text file in debugfs, and one line at unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "internal.h"
#include "stream.h"

static struct dentry *stats_dir;

static int stats_show(struct seq_file *m, void *unused)
{
	struct procmon_counters sum;

	procmon_counters_sum(&sum);
	seq_printf(m, "mechanism %s\n", procmon_variant.mechanism);
	seq_printf(m, "flavour %s\n", procmon_flavour_name());
	seq_printf(m, "site %s\n", procmon_variant.site());
	seq_printf(m, "unit %s\n", procmon_unit_name());
	seq_printf(m, "hits %lu\n", sum.hits);
	seq_printf(m, "missed %lu\n", procmon_missed());
	seq_printf(m, "entered %lu\n", sum.entered);
	seq_printf(m, "returned %lu\n", sum.returned);
	seq_printf(m, "filtered %lu\n", sum.filtered);
	seq_printf(m, "logged %lu\n", sum.logged);
	seq_printf(m, "unlogged %lu\n", sum.unlogged);
	seq_printf(m, "traced %lu\n", sum.traced);
	seq_printf(m, "audited %lu\n", sum.audited);
	seq_printf(m, "streamed %lu\n", procmon_stream_streamed());
	seq_printf(m, "dropped %lu\n", sum.dropped);
	procmon_stream_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/**
 * procmon_stats_create - make <debugfs>/procmon/stats, for root
 *
 * It has one "key value" pair a line. A kernel without debugfs has none, and that is
 * no error: the sums are logged at unload. Under lockdown it can be read all the same,
 * for it is read-only and has no ioctl (debugfs_locked_down() in fs/debugfs/file.c).
 *
 * Context: process context, may sleep; the variant is attached.
 */
void procmon_stats_create(void)
{
	stats_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("stats", 0400, stats_dir, NULL, &stats_fops);
}

/**
 * procmon_stats_remove - undo procmon_stats_create()
 *
 * Context: process context, may sleep: waits for readers.
 */
void procmon_stats_remove(void)
{
	debugfs_remove(stats_dir);
}

/**
 * procmon_stats_summary - log the final sums
 *
 * After detach nothing is in flight any more: what was entered and has not
 * returned lost its return handler, and is missed.
 *
 * Context: process context; the variant is detached.
 */
void procmon_stats_summary(void)
{
	struct procmon_counters sum;
	unsigned long missed;

	procmon_counters_sum(&sum);
	missed = max(procmon_variant.missed() + sum.entered - sum.returned,
		     procmon_audit_missed(&sum));
	pr_info("done: hits %lu, missed %lu, filtered %lu, logged %lu, unlogged %lu, traced %lu, streamed %lu, dropped %lu, unread %lu\n",
		sum.hits, missed, sum.filtered, sum.logged, sum.unlogged,
		sum.traced, procmon_stream_streamed(), sum.dropped,
		procmon_stream_unread());
}
