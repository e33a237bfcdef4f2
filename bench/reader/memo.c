// SPDX-License-Identifier: GPL-2.0
#include "reader/memo.h"

#include "lib/util.h"

void memo_init(struct memos *m)
{
	m->places = xcalloc(1 << MEMO_BITS, sizeof(*m->places));
	memo_forget(m);
}

void memo_forget(struct memos *m)
{
	if (!m->places)
		return;
	for (size_t i = 0; i < 1 << MEMO_BITS; i++)
		m->places[i].key[0] = m->places[i].key[1] = 0;
	/* empty places have the key 0, whose place is the first: that has a foreign one */
	m->places[0].key[0] = 1;
}

const struct memo *memo_make(struct memos *m, struct memo *place, uint64_t a, uint64_t b)
{
	place->key[0] = a;
	place->key[1] = b;
	place->len = (size_t)(m->make(place->text, place->key) - place->text);
	return place;
}
