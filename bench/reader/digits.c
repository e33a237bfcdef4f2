// SPDX-License-Identifier: GPL-2.0
#include "reader/digits.h"

struct digits digits;

void digits_init(void)
{
	size_t i;

	for (i = 0; i < 1000; i++) {
		char text[] = {
			(char)('0' + i / 100), (char)('0' + i / 10 % 10), (char)('0' + i % 10), ' ',
		};
		size_t zeros = i < 10 ? 2 : i < 100 ? 1 : 0;
		char left[4] = { 0, 0, 0, (char)(3 - zeros) };

		memcpy(left, text + zeros, 3 - zeros);
		memcpy(&digits.left[i], left, 4);
		memcpy(&digits.zeros[i], text, 4);
		memset(text, ' ', zeros);
		memcpy(&digits.blanks[i], text, 4);
	}
}

char *put_big(char *p, uint64_t v)
{
	uint64_t high = v / 1000000000;

	return put_9_digits(put_number(p, high), (uint32_t)(v - high * 1000000000));
}
