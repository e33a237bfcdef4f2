/* SPDX-License-Identifier: GPL-2.0 */
/* Telling the plugin of the emulator (trace/plugin.c) what the kernel's code is called. */
#ifndef BENCH_SYMBOLS_H
#define BENCH_SYMBOLS_H

/**
 * symbols_begin() - wake the plugin up, and tell it the kernel's own symbols
 *
 * What the kernel makes at run time is known from here on, too, but not what it has made
 * before: trampolines, the copies of displaced instructions, BPF programs. Dies if the kernel does not tell, or if there is
 * no plugin to be woken up.
 */
void symbols_begin(void);

/**
 * symbols_tell() - what is traced next
 * @id: of the row of the boot file whose exits follow
 * @module: the object file of the module procmon that is loaded, or NULL
 *
 * Does nothing before symbols_begin().
 */
void symbols_tell(const char *id, const char *module);

#endif
