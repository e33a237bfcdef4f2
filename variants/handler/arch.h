/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between CPUs, and nothing else: the counter that a record's time is,
 * what the kernel can make of a kprobe, and what the machine code at its address says
 * of it.
 *
 * Each CPU defines procmon_counter(), procmon_counter_ordered(),
 * procmon_counter_sound(), procmon_kprobe_flavour() and PROCMON_FLAVOURS.
 */
#ifndef PROCMON_ARCH_H
#define PROCMON_ARCH_H

#include <linux/kprobes.h>

/**
 * procmon_counter - the counter by which the kernel keeps its time, if it can
 *
 * Context: any, an NMI, too.
 * Return: its value.
 */
static __always_inline u64 procmon_counter(void);

/**
 * procmon_counter_ordered - the same, not before or after its place in the program
 *
 * Context: any.
 * Return: its value.
 */
static inline u64 procmon_counter_ordered(void);

/**
 * procmon_counter_sound - is each value of procmon_counter() right on this CPU?
 *
 * Context: preemption off.
 * Return: false if the kernel itself takes care of an erratum when it reads it.
 */
static inline bool procmon_counter_sound(void);

/**
 * procmon_kprobe_flavour - read off the kernel text what a kprobe became
 * @kp: a registered kprobe
 *
 * Nothing exported tells an optimised probe from a breakpoint, or an armed one
 * from one that the kernel took out, and it may do so at any time; the
 * instruction at the probe's address is the truth.
 *
 * Return: a word of PROCMON_FLAVOURS, or "disarmed" (debugfs kprobes/enabled or, where
 * it is by ftrace, kernel.ftrace_enabled is 0, or an optimiser is just at work).
 */
static inline const char *procmon_kprobe_flavour(const struct kprobe *kp);

/*
 * PROCMON_FLAVOURS(F) - what a kprobe can become, by F(word, what it is, members)
 *
 * The members are those of struct flavour (kprobe.c) that are not 0. The first is what
 * the kernel makes of a kprobe at a function's entry, and PROCMON_ENTRY_BY_FTRACE says
 * whether that is a call of ftrace.
 */

#if defined(CONFIG_X86_64)

#include <asm/text-patching.h>
#include <asm/tsc.h>

#define PROCMON_FLAVOURS(F) \
	F("ftrace", "at the function's entry", \
	  .by_ftrace = true, \
	  .hint = "Is debugfs kprobes/enabled 0? Else use the tracepoint variant") \
	F("jump", "behind it, optimised", \
	  .behind_fentry = true, .in_background = true, \
	  .hint = "Is debug.kprobes-optimization 0? Else use flavour=ftrace") \
	F("int3", "behind it, a breakpoint: needs debug.kprobes-optimization=0", \
	  .behind_fentry = true, .in_background = true, \
	  .hint = "Set debug.kprobes-optimization to 0 first")

#define PROCMON_ENTRY_BY_FTRACE	true

static __always_inline u64 procmon_counter(void)
{
	return rdtsc();
}

static inline u64 procmon_counter_ordered(void)
{
	return rdtsc_ordered();
}

static inline bool procmon_counter_sound(void)
{
	return true;
}

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

#elif defined(CONFIG_ARM64)

#include <asm/arch_timer.h>
#include <asm/debug-monitors.h>
#include <asm/sysreg.h>

#define PROCMON_FLAVOURS(F) \
	F("brk", "a breakpoint at the function's first instruction", \
	  .hint = "Is debugfs kprobes/enabled 0? Else use the tracepoint variant")

#define PROCMON_ENTRY_BY_FTRACE	false

static __always_inline u64 procmon_counter(void)
{
	return read_sysreg(cntvct_el0);
}

static inline u64 procmon_counter_ordered(void)
{
	return arch_timer_read_cntvct_el0();
}

/* Of some CPUs a read may give a wrong value, and the kernel has a longer way. */
static inline bool procmon_counter_sound(void)
{
	return !has_erratum_handler(read_cntvct_el0);
}

static inline const char *procmon_kprobe_flavour(const struct kprobe *kp)
{
	return le32_to_cpu((__force __le32)READ_ONCE(*kp->addr)) == BRK64_OPCODE_KPROBES ?
	       "brk" : "disarmed";
}

#else
#error "procmon is for x86-64 and arm64"
#endif

/**
 * procmon_fentry - find where ftrace attaches to a function
 * @symbol: name of the function
 * @addr: gets the address of the call or nop that ftrace patches
 *
 * Only the kernel knows what stands before it (endbr64); it tells through a probe
 * that is never armed.
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
