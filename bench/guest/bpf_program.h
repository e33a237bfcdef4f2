/* SPDX-License-Identifier: GPL-2.0 */
/* The program bpf (peers/bpf.c) as a child that attaches and detaches when it is told to. */
#ifndef BENCH_BPF_PROGRAM_H
#define BENCH_BPF_PROGRAM_H

#include <stdint.h>

/**
 * struct bpf_counts - what a BPF program has counted since it was loaded
 * @hits: exits that it was run for
 * @missed: those that found a program at work on their CPU (recursion_misses)
 * @records: records that were taken from its ring
 */
struct bpf_counts {
	int64_t hits;
	int64_t missed;
	int64_t records;
};

/**
 * bpf_start() - start the child, which loads a program and keeps it
 * @path: of the program bpf
 * @options: of it, separated by blanks
 * @refusal: gets NULL, or why the kernel does not take the program, to be freed
 *
 * The child stays until this process ends, so that it is there with each row alike. It
 * takes one file.
 *
 * Return: the file by which it is told what to do; -1 if it is refused.
 */
int bpf_start(const char *path, const char *options, char **refusal);

/**
 * bpf_attach(), bpf_detach() - have the program attached, and detached
 * @fd: of bpf_start()
 *
 * On return it is done, and of a detached program none is running. They die if the child
 * cannot do it.
 */
void bpf_attach(int fd);
void bpf_detach(int fd);

/**
 * bpf_count() - have all records taken from the ring, and everything counted
 * @fd: of bpf_start()
 *
 * Return: the counters.
 */
struct bpf_counts bpf_count(int fd);

#endif
