/* Ladders as frozen with each rule, read once for a document and found again by the rule's key. Inside store/ only. */
#ifndef JIEBANG_STORE_READ_LADDER_H
#define JIEBANG_STORE_READ_LADDER_H

#include "jiebang/programme.h"

#include <stdint.h>

#define LADDERS_MAX 64

struct ladders {
	struct {
		int64_t rule_key;
		bool of_review;
		struct ladder *ladder; /* NULL: its text could not be read */
	} items[LADDERS_MAX];
	size_t n;
};

/* Borrowed until the next call or ladders_clear; NULL if the text is no ladder. */
const struct ladder *ladder_of(struct ladders *ladders, int64_t rule_key, bool of_review,
			       const char *text);
void ladders_clear(struct ladders *ladders);

#endif
