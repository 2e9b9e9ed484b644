/* What a message is about, in the words that an endpoint's filters use; and whether there is what they name. */
#ifndef JIEBANG_STORE_SCOPE_H
#define JIEBANG_STORE_SCOPE_H

#include "jiebang/buf.h"
#include "jiebang/endpoint_filter.h"
#include "store/query.h"

struct scope {
	struct query query; /* the strings of `words` are its row's */
	struct endpoint_scope words;
	char unit[24];
};
/* About a unit, or a programme as a whole, or neither. To be ended. */
void scope_begin(struct store *store, const char *type, int64_t unit_key, int64_t programme_key,
		 struct scope *out);
MUST_CHECK enum fault scope_end(struct scope *scope, struct problem *problem);

/* The items of a digest, for an endpoint that wants some of them only. To be ended. */
void scope_items_begin(struct store *store, int64_t digest_key, struct scope *out);
/* False after the last one. */
bool scope_items_next(struct scope *scope, int64_t *item_key);
/* The digest's message to one endpoint does not speak of this item, since that does not want it. */
MUST_CHECK enum fault scope_untold(struct store *store, const char *message_id, int64_t item_key,
				   struct problem *problem);

/* Whether a programme, track, region or unit is known by this name. */
enum scope_kind { SCOPE_PROGRAMME, SCOPE_TRACK, SCOPE_REGION, SCOPE_UNIT };
MUST_CHECK enum fault scope_known(struct store *store, enum scope_kind kind, const char *name,
				  bool *known, struct problem *problem);

#endif
