/*
 * What an endpoint wants to be told: its options `events`, `programmes`, `tracks`, `regions` and `units`. Each of those
 * that is given has to fit; one that is not takes everything. Pure.
 *
 * A filter is judged where a message would be made and never after that: what an endpoint has in its outbox was wanted
 * when it was made, and another filter is for what is made from then on.
 */
#ifndef JIEBANG_ENDPOINT_FILTER_H
#define JIEBANG_ENDPOINT_FILTER_H

#include "jiebang/endpoint_options.h"

#include <stdbool.h>

/* What a message is about; "" of what it has none. */
struct endpoint_scope {
	const char *type, *programme, *track, *region, *unit;
};
/* Whether it wants to be told of some things only. */
bool endpoint_filter_any(const struct endpoint_options *options);
/* Whether this is one of them. A message about a programme as a whole is of no track, region or unit. */
bool endpoint_filter_pass(const struct endpoint_options *options,
			  const struct endpoint_scope *scope);
/* Whether it hears every reminder about what the scope says, whatever its type. */
bool endpoint_filter_reminds(const struct endpoint_options *options,
			     const struct endpoint_scope *scope);

/* Words of a list, one after the other: NULL after the last. `len` is of the one given. */
const char *endpoint_filter_word(const char *after, const char *words, size_t *len);

#endif
