/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pieces of text that are made again and again of the same 16 bytes: each is made
 * once, as long as no other one takes its place.
 */
#ifndef BENCH_MEMO_H
#define BENCH_MEMO_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** MEMO_TEXT - room for a text, DIGITS_SLACK included */
#define MEMO_TEXT	512

#define MEMO_BITS	10

/**
 * struct memo - what was made of a key
 * @text: the text
 * @len: bytes of it
 * @key: the key
 */
struct memo {
	char text[MEMO_TEXT];
	size_t len;
	uint64_t key[2];
};

/**
 * struct memos - what is known of keys of a kind
 * @make: makes the text of a key; returns its end
 * @places: a place is for all keys with the same hash, and has the last one
 */
struct memos {
	char *(*make)(char *to, const uint64_t key[2]);
	struct memo *places;
};

/**
 * memo_init() - to be called before all else
 * @m: what is known: nothing
 */
void memo_init(struct memos *m);

/**
 * memo_forget() - what was made holds no more
 * @m: what is known, from now on nothing; nothing to do before memo_init()
 */
void memo_forget(struct memos *m);

/**
 * memo_make() - what memo_get() does when a key is not there
 * @m: what is known
 * @place: where to
 * @a: first half of the key
 * @b: the other
 *
 * Return: @place.
 */
const struct memo *memo_make(struct memos *m, struct memo *place, uint64_t a, uint64_t b);

/**
 * memo_hash() - where a key has its place
 * @a: what there is of the key that is not always the same
 *
 * Return: its bits at the top, where all of them count.
 */
static inline uint64_t memo_hash(uint64_t a)
{
	return a * 0x9e3779b97f4a7c15;	/* odd, and without a pattern */
}

/**
 * memo_get() - the text of a key
 * @m: what is known
 * @hash: by memo_hash(), the same for the same key, and 0 for no bits at all
 * @a: first half of the key
 * @b: the other
 *
 * Return: it, valid until the next call.
 */
static inline const struct memo *memo_get(struct memos *m, uint64_t hash, uint64_t a, uint64_t b)
{
	struct memo *place = &m->places[hash >> (64 - MEMO_BITS)];

	if (place->key[0] != a || place->key[1] != b)
		return memo_make(m, place, a, b);
	return place;
}

/**
 * put_memo() - append a text
 * @p: where to
 * @memo: the text
 * @most: so many bytes are copied; no text has more
 *
 * Return: the end.
 */
static inline char *put_memo(char *p, const struct memo *memo, size_t most)
{
	memcpy(p, memo->text, most);
	return p + memo->len;
}

/**
 * put_long_memo() - the same for a text that may be longer
 * @p: where to
 * @memo: the text
 * @usual: so many bytes are enough for most
 *
 * Return: the end.
 */
static inline char *put_long_memo(char *p, const struct memo *memo, size_t usual)
{
	if (memo->len > usual)
		memcpy(p + usual, memo->text + usual, MEMO_TEXT - usual);
	return put_memo(p, memo, usual);
}

#endif
