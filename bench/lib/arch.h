/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between CPUs, and nothing else: the counter, some code that must be of
 * known instructions, the breakpoint, and what a kprobe becomes.
 */
#ifndef BENCH_ARCH_H
#define BENCH_ARCH_H

#include <stdint.h>
#include <sys/syscall.h>

/**
 * counter() - the CPU's counter, which counts instructions in a guest of vm.sh --exact
 *
 * Return: its value.
 */
static inline uint64_t counter(void);

/**
 * LOOP() - execute a loop of known length
 * @n: turns, at least 1; a variable, which it changes
 * @nops: instructions that do nothing in each turn, a constant; there are two more
 */

/**
 * raw_clone() - make a child that exits at once and touches no memory
 * @flags: of clone(2), with the signal
 * @code: what it exits with
 *
 * On the parent's stack. An emulator that runs all CPUs on one thread turns to the next
 * CPU where the child begins; a machine takes no notice.
 *
 * Return: its pid, or -errno.
 */
static inline long raw_clone(long flags, int code);

/**
 * BREAKPOINT() - the trap that the kernel uses for a kprobe, for one that ends in SIGTRAP
 *
 * ARCH_BREAKPOINTS() - functions of the kernel that each breakpoint of a kprobe passes; one
 *	kernel has one of them, another another
 * @ROW: called with the name, and with whether those of a program pass it, too
 *
 * ARCH_GETPPID - what getppid(2) is in the kernel
 */

/**
 * after_breakpoint() - go on behind it
 * @context: what the handler of SIGTRAP gets as its third argument
 */
static inline void after_breakpoint(void *context);

/**
 * ARCH_KPROBES() - what a kprobe can become, as rows of the registry of hooks
 * @ROW: called with name, flavour, tag in debugfs kprobes/list and the value of
 *	debug.kprobes-optimization that it takes; see struct hook
 *
 * ARCH_KRETPROBE - the flavour of a kretprobe
 * ARCH_KRETPROBE_TAG - its tag
 */

#if defined(__x86_64__)

#include <x86intrin.h>

static inline uint64_t counter(void)
{
	return __rdtsc();
}

#define LOOP(n, nops) \
	asm volatile("1: .rept %c1\n\tnop\n\t.endr\n\tdec %0\n\tjnz 1b" \
		     : "+r" (n) : "i" (nops) : "cc")

static inline long raw_clone(long flags, int code)
{
	long ret;

	asm volatile("xor %%r10d, %%r10d\n\t"
		     "xor %%r8d, %%r8d\n\t"
		     "syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "pause\n\t"
		     "mov %[exit], %%eax\n\t"
		     "mov %[code], %%edi\n\t"
		     "syscall\n"
		     "1:"
		     : "=a" (ret)
		     : "0" ((long)SYS_clone), "D" (flags), "S" (0L), "d" (0L),
		       [exit] "i" (SYS_exit_group), [code] "b" (code)
		     : "rcx", "r8", "r10", "r11", "memory");
	return ret;
}

/* See do_int3() in arch/x86/kernel/traps.c. */
#define BREAKPOINT()		asm volatile("int3")
#define ARCH_BREAKPOINTS(ROW)	ROW("kprobe_int3_handler", true)
#define ARCH_GETPPID		"__x64_sys_getppid"

static inline void after_breakpoint(void *context)
{
	(void)context;
}

#define ARCH_KPROBES(ROW) \
	ROW("kprobe ftrace", "ftrace", "[FTRACE]", true) \
	ROW("kprobe jump", "jump", "[OPTIMIZED]", true) \
	ROW("kprobe int3", "int3", "", false)
#define ARCH_KRETPROBE		"ftrace"
#define ARCH_KRETPROBE_TAG	"[FTRACE]"

#elif defined(__aarch64__)

#include <ucontext.h>

static inline uint64_t counter(void)
{
	uint64_t value;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r" (value) : : "memory");
	return value;
}

#define LOOP(n, nops) \
	asm volatile("1: .rept %c1\n\tnop\n\t.endr\n\tsubs %0, %0, #1\n\tb.ne 1b" \
		     : "+r" (n) : "i" (nops) : "cc")

static inline long raw_clone(long flags, int code)
{
	register long x8 asm("x8") = SYS_clone;
	register long x0 asm("x0") = flags;
	register long x1 asm("x1") = 0;
	register long x2 asm("x2") = 0;
	register long x3 asm("x3") = 0;
	register long x4 asm("x4") = 0;

	asm volatile("svc #0\n\t"
		     "cbnz x0, 1f\n\t"
		     "yield\n\t"
		     "mov x8, %[exit]\n\t"
		     "mov w0, %w[code]\n\t"
		     "svc #0\n"
		     "1:"
		     : "+r" (x0), "+r" (x8)
		     : "r" (x1), "r" (x2), "r" (x3), "r" (x4),
		       [exit] "i" (SYS_exit_group), [code] "r" (code)
		     : "memory", "cc");
	return x0;
}

/*
 * See do_debug_exception() in arch/arm64/mm/fault.c, and in newer kernels el1_brk64() in
 * arch/arm64/kernel/entry-common.c, behind which user and kernel have different ones.
 */
#define BREAKPOINT()		asm volatile("brk #0")
#define ARCH_BREAKPOINTS(ROW)	ROW("brk_handler", true) ROW("do_el1_brk64", false)
#define ARCH_GETPPID		"__arm64_sys_getppid"

static inline void after_breakpoint(void *context)
{
	((ucontext_t *)context)->uc_mcontext.pc += 4;
}

#define ARCH_KPROBES(ROW)	ROW("kprobe brk", "brk", "", true)
#define ARCH_KRETPROBE		"brk"
#define ARCH_KRETPROBE_TAG	""

#else
#error "the bench is for x86-64 and arm64"
#endif

#endif
