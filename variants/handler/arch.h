/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between CPUs, and nothing else: the counter that a record's time is, and
 * what the machine code at a function's entry says of a hook there. x86-64: the time
 * stamp counter and the opcodes are its.
 */
#ifndef PROCMON_ARCH_H
#define PROCMON_ARCH_H

#include <linux/kprobes.h>
#include <asm/text-patching.h>
#include <asm/tsc.h>

/**
 * procmon_counter - the counter by which the kernel keeps its time, if it can
 *
 * Context: any, an NMI, too.
 * Return: its value.
 */
static __always_inline u64 procmon_counter(void)
{
	return rdtsc();
}

/**
 * procmon_counter_ordered - the same, not before or after its place in the program
 *
 * Context: any.
 * Return: its value.
 */
static inline u64 procmon_counter_ordered(void)
{
	return rdtsc_ordered();
}

/**
 * procmon_kprobe_flavour - read off the kernel text what a kprobe became
 * @kp: a registered kprobe
 *
 * Nothing exported tells an optimised probe from a breakpoint, or an armed one
 * from one that the kernel took out, and it may do so at any time; the first
 * byte at the probe's address is the truth.
 *
 * Return: "ftrace", "jump" (optimised), "int3", or "disarmed" (kernel.ftrace_enabled
 * or debugfs kprobes/enabled is 0, or the optimiser is just at work).
 */
static inline const char *procmon_kprobe_flavour(const struct kprobe *kp)
{
	switch (READ_ONCE(*kp->addr)) {
	case CALL_INSN_OPCODE:
		if (kp->flags & KPROBE_FLAG_FTRACE)
			return "ftrace";
		break;
	case JMP32_INSN_OPCODE:
		return "jump";
	case INT3_INSN_OPCODE:
		return "int3";
	}
	return "disarmed";
}

/**
 * procmon_fentry - find where ftrace attaches to a function
 * @symbol: name of the function
 * @addr: gets the address of the call or nop that ftrace patches
 *
 * Only the kernel knows whether an endbr64 stands before it; it tells through a
 * probe that is never armed.
 *
 * Context: process context, may sleep.
 * Return: 0, -EOPNOTSUPP if ftrace cannot trace it, or what register_kprobe()
 * returned.
 */
static inline int procmon_fentry(const char *symbol, kprobe_opcode_t **addr)
{
	struct kprobe entry = {
		.symbol_name	= symbol,
		.flags		= KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&entry);

	if (err)
		return err;
	if (entry.flags & KPROBE_FLAG_FTRACE)
		*addr = entry.addr;
	else
		err = -EOPNOTSUPP;
	unregister_kprobe(&entry);
	return err;
}

#endif /* PROCMON_ARCH_H */
