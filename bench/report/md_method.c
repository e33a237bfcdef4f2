// SPDX-License-Identifier: GPL-2.0
/* How it was measured, what that cannot tell, and where. */
#include <stdlib.h>

#include "estimate/estimator.h"
#include "report/md.h"

void md_method(struct text *t, const struct tables *ts)
{
	text_add(t,
		"## How it was measured\n\n"
		"The kernel runs in QEMU with one CPU and `-icount shift=0`: there, the guest's time "
		"stamp counter counts retired instructions, one tick each. A storm of vfork, \\_exit "
		"and waitpid is timed exit by exit. The same path costs the same number each time, so "
		"the ticks form a comb of exact values; interrupts, RCU and the allocator make more "
		"teeth, and the comb drifts slowly. Each hook is attached and detached again and again "
		"in short blocks, in rotating order, with blocks without a hook among them. The price "
		"of a hook is the shift that lays its comb over the comb without hook of the same "
		"round with the largest overlap, added up over the rounds.\n\n"
		"A shift is a number only if all of this holds:\n\n"
		"| gate | what it asks |\n|---|---|\n");
	for (enum gate g = 0; g < GATE_NR; g++) {
		text_add(t, "| %s |", gate_name(g));
		md_cell(t, gate_text(g));
		text_add(t, "\n");
	}
	text_add(t,
		"\nThe control is a second row without hook, measured like every other row. In "
		"exact.tsv, `exits` are the exits of the storm, and `hits` are the hits less the exits "
		"of other tasks; the gate compares the full counts. `missed` is `-` where the "
		"mechanism cannot tell.\n\n");
	text_add(t,
		"One setting is not the kernel's own: since 6.12 the scheduler may leave a task that "
		"goes to sleep in the run queue for a while (its feature DELAY_DEQUEUE), and while "
		"exits are timed, that is off. The processes of the storm live so short that with it "
		"their parent is mostly still in the queue when they exit. Whether it is depends on "
		"what ran before, and so does the number of context switches in an exit, whose price "
		"is not the hook's (and is higher while any trace event is on). The parent of a "
		"process that lives for a while is truly asleep when it exits, and so it is here with "
		"the feature off.\n\n");
	if (tables_has(ts, PEERS))
		text_add(t,
			"The other tools run in guests like this one as their manuals say, and what they "
			"add in the path goes through the same estimator and gates. Where that gives a range, "
			"it is one of blocks with the scheduler as shipped, which then has a part in the price: "
			"it decides whether the reading process runs before the exit is over. All else is "
			"measured with the scheduler as shipped. For the whole price, a "
			"window is a block and what follows until the reading process is at rest: all "
			"instructions of everybody in it, less those of the loop that keeps the CPU busy when "
			"nobody wants it, divided by the exits, less the same of the windows without a tool. "
			"The interval is a bootstrap of the windows. Traps are counted in one boot. These "
			"guests have nothing of the host: "
			"the tools are in their memory, and time is counted in instructions, too. So a second "
			"run gives the same tables to the last digit, means, losses and all; only what "
			"hyperfine says of time differs from run to run.\n\n");
}

void md_limits(struct text *t, const struct tables *ts)
{
	text_add(t,
		"### What it cannot tell\n\n"
		"- **Nanoseconds.** An instruction is not a unit of time. This is emulation, and no "
		"time measured in it would be that of a machine.\n"
		"- **Traps.** A breakpoint (int3) is two instructions here. On hardware the exception "
		"and the return from it cost hundreds of cycles: a published figure is about 1765 "
		"cycles for an empty int3 kprobe and 168 for a jump-optimised one (Xeon Gold 5512U; "
		"\"Xkernel\", OSDI '26; not measured here). So read the column *traps per exit* beside "
		"the instructions: a hook with few instructions and one trap is not cheap. Traps are "
		"counted, by tracing kprobe_int3_handler while the hook is attached. A kernel with "
		"CONFIG_PREEMPTION takes two for each hit: it does not resume behind the probed "
		"instruction but single-steps it, by a second int3.\n"
		"- **Caches and TLBs.** The emulated CPU has none; code and data that a hook drags in "
		"cost nothing here beyond their instructions.\n"
		"- **String instructions.** Each iteration of `rep movs` or `rep stos` counts as one "
		"instruction; hardware moves many bytes per cycle.\n"
		"- **Rare paths.** The number is what most exits pay. A path that few exits take "
		"(a buffer that wraps, a page that fills) is not in it.\n"
		"- **Contention.** %s\n\n", tables_has(ts, GROWTH) ?
		"The exact prices are of one CPU: no lock is ever waited for. What more CPUs add is under "
		"[How the price grows](#how-the-price-grows), and there, too, no cache line travels." :
		"One CPU: no lock is ever waited for.");
}

void md_environment(struct text *t, const struct tables *ts)
{
	text_add(t, "## Environment\n\n");
	if (md_missing(t, ts, ENVIRONMENT, "The environment is"))
		return;
	md_table(t, &ts->t[ENVIRONMENT]);
	text_add(t, "\nThe same in [environment.txt](environment.txt).\n\n");
	if (!tables_has(ts, PEERS_ENVIRONMENT))
		return;
	text_add(t, "What `make bench-peers` measured, it measured with this "
		    "([peers-environment.tsv](peers-environment.tsv)):\n\n");
	md_table(t, &ts->t[PEERS_ENVIRONMENT]);
	text_add(t, "\n");
}
