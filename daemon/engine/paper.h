/* The papers that a rule asks for, frozen with its version: the form of a filing and the checklist of its files. */
#ifndef JIEBANG_ENGINE_PAPER_H
#define JIEBANG_ENGINE_PAPER_H

#include "engine/tx.h"

/* Parsed once for a rule version and kept; a NULL form or checklist is none. Borrowed until the caches are dropped. */
struct paper_slot {
	int64_t rule_key;
	struct form *form;
	struct checklist *checklist;
};
MUST_CHECK enum fault tx_papers(struct tx *tx, int64_t rule_key, const struct paper_slot **out,
				struct problem *problem);
void tx_papers_free(struct tx *tx);

/* Whether what is filed is what the obligation's form wants; all mistakes go into verb->reply (form_check). */
MUST_CHECK enum fault check_content(struct tx *tx, const struct obligation_row *row,
				    struct verb *verb);

/* What somebody wants to hand in, and whether its checklist takes it: item, name, size, state. Pure. */
struct material_wish {
	const char *item;
	const char *name;
	int64_t size_bytes;
};
MUST_CHECK enum fault check_material(const struct checklist *checklist,
				     const struct obligation_row *row,
				     const struct material_wish *wish, struct problem *problem);
/* Whether `more_bytes` still fit beside `used_bytes` under the programme's quota. Pure. */
MUST_CHECK enum fault check_quota(const struct programme *programme, int64_t used_bytes,
				  int64_t more_bytes, struct problem *problem);
/*
 * Whether what is submitted may be accepted: every required item of the checklist has a file. Those that have none
 * are listed in verb->reply as {"errors":[{"pointer":"/materials/ITEM",…}],"error_count"}.
 */
MUST_CHECK enum fault check_checklist(struct tx *tx, const struct obligation_row *row,
				      struct verb *verb);

#endif
