/* Versions of rules, frozen: what obligations are planned by. */
#ifndef JIEBANG_STORE_RULE_H
#define JIEBANG_STORE_RULE_H

#include "jiebang/programme.h"
#include "store/store.h"

#include <stdint.h>

/* A rule with the ladders that go with it; `review` is read only if the rule is reviewed. */
struct rule_new {
	const struct plan_rule *rule;
	const struct ladder *ladder;
	const struct ladder *review;
	const struct form *form;           /* NULL: any content */
	const struct checklist *checklist; /* NULL: takes no files */
};

/* The rule as JSON object, as a version keeps it and as people are shown it. */
struct jw;
void rule_write(struct jw *jw, const struct plan_rule *rule);

/* A new version if the newest differs. */
MUST_CHECK enum fault rule_freeze(struct store *store, int64_t programme_key,
				  const struct rule_new *fresh, struct problem *problem);
/* Any version that says exactly this, or a new one: for rules made by hand, of which several are in use. */
MUST_CHECK enum fault rule_find_or_add(struct store *store, int64_t programme_key,
				       const struct rule_new *fresh, int64_t *rule_key,
				       struct problem *problem);
/* Newest version's key of a rule. */
MUST_CHECK enum fault rule_key_get(struct store *store, int64_t programme_key, const char *rule_id,
				   int64_t *key, struct problem *problem);

/* What a version says. Frozen: the same key gives the same always. */
struct frozen_rule {
	int64_t rule_key;
	struct plan_rule rule; /* as plan_rule_read */
	struct ladder ladder;
	struct ladder review; /* of_review; empty if nobody reviews */
};
MUST_CHECK enum fault rule_get(struct store *store, int64_t rule_key, struct frozen_rule *out,
			       struct problem *problem);

#endif
