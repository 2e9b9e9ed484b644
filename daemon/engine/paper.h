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

#endif
