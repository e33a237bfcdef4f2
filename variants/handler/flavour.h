/* SPDX-License-Identifier: GPL-2.0 */
/* What a registered kprobe is at this moment; for kprobe and kretprobe. */
#ifndef PROCMON_FLAVOUR_H
#define PROCMON_FLAVOUR_H

#include <linux/kprobes.h>
#include <asm/text-patching.h>

/**
 * procmon_kprobe_flavour - read off the kernel text what a kprobe became
 * @kp: a registered kprobe
 *
 * Nothing exported tells an optimised probe from a breakpoint, and the kernel
 * may turn one into the other at any time; the first byte at the probe's
 * address is the truth.
 *
 * Return: "ftrace", "jump" (optimised), "int3", or "disarmed" (somebody wrote
 * 0 to debugfs kprobes/enabled, or the optimiser is just at work).
 */
static inline const char *procmon_kprobe_flavour(const struct kprobe *kp)
{
	if (kp->flags & KPROBE_FLAG_FTRACE)
		return "ftrace";
	switch (READ_ONCE(*kp->addr)) {
	case JMP32_INSN_OPCODE:
		return "jump";
	case INT3_INSN_OPCODE:
		return "int3";
	default:
		return "disarmed";
	}
}

#endif /* PROCMON_FLAVOUR_H */
