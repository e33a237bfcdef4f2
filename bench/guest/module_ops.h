/* SPDX-License-Identifier: GPL-2.0 */
/* Operations on all of the module but its stream, and on what it watches. */
#ifndef BENCH_MODULE_OPS_H
#define BENCH_MODULE_OPS_H

#include "guest/actor.h"

extern const struct operation module_ops[];
extern const size_t nr_module_ops;

/**
 * module_load() - init_module(2)
 * @image: the module
 * @params: parameters beside the hook's
 *
 * Not finit_module(2): whoever calls that while another loads the same file gets the
 * answer that the other one gets, since Linux 6.5.
 *
 * Return: 0, or the errno.
 */
int module_load(const struct image *image, const char *params);

/**
 * module_unload() - delete_module(2)
 * @flags: its flags
 *
 * Return: 0, or the errno.
 */
int module_unload(unsigned int flags);

#endif
