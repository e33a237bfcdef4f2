// SPDX-License-Identifier: GPL-2.0
/*
 * What Debian 13's libelf.a (elfutils 0.192) lacks: it calls two functions of a library
 * that elfutils has for itself and no package carries, so that no program links with it
 * statically.  They are for a tree of which elf_getdata_rawchunk() alone makes use, and
 * nobody calls that here; where it is called, and where libelf.a is whole, its own take
 * precedence.
 */
void eu_search_tree_init(void *tree, int (*compare)(const void *, const void *));
void eu_search_tree_fini(void *tree, void (*free_node)(void *));

__attribute__((weak))
void eu_search_tree_init(void *tree, int (*compare)(const void *, const void *))
{
	(void)tree;
	(void)compare;
}

__attribute__((weak))
void eu_search_tree_fini(void *tree, void (*free_node)(void *))
{
	(void)tree;
	(void)free_node;
}
