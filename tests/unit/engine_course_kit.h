/*
 * A programme whose reports are reviewed within 5 working days and corrected within 3, may not be filed early, and are
 * owed for each milestone too. Included by the tests of what happens to an obligation beside its plan.
 */
#ifndef JIEBANG_TEST_ENGINE_COURSE_KIT_H
#define JIEBANG_TEST_ENGINE_COURSE_KIT_H

#include "engine_kit.h"

#define POST_(kind, id, text)                                                                      \
	{                                                                                          \
		&(kind), .key = (id), .body = (text)                                               \
	}
#define BECAUSE "{\"reason\":\"r\"}"

/* ob_1 … ob_4: reports, the first opens on 2025-02-16 (Sunday) and is due on Monday 2025-03-03; ob_5: acceptance. */
static inline void stage_reviewed(void)
{
	struct programme_set *set = set_by_hand();
	struct programme *p = set->items[0];
	p->plan = xrealloc(p->plan, 3 * sizeof(*p->plan));
	p->plan[0].early = false;
	p->plan[0].review = (struct review_rule){ RECIPIENT_RECOMMENDER, 5, -1 };
	p->plan[0].correction.workdays = 3;
	p->plan[1].early = true;
	p->plan[2] = rule_of("milestone", KIND_MATERIAL);
	p->plan[2].on_milestones = true;
	p->plan[2].days_after = 10;
	p->plan[2].opens_before_days = 20;
	p->plan[2].roll = ROLL_NEXT_WORKDAY;
	p->n_plan = 3;
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	stage_published();
}

/* As a daemon that is up: each step at its own instant. plan_to is the one that was away. */
static inline void walk_to(const char *rfc3339)
{
	struct plan_result result = plan_once();
	while (result.more || result.next_at <= instant(rfc3339)) {
		if (!result.more)
			succeed(&(struct ask){ &verb_clock_set, .at = result.next_at });
		result = plan_once();
	}
	set_clock(rfc3339);
}

/* Everything that is ready arrives. */
static inline void deliver_all(void)
{
	struct outcome items[64];
	struct outcomes outcomes = { items, 0 };
	struct claim claim = { .max = COUNT_OF(items), .per_endpoint = COUNT_OF(items) };
	succeed(&(struct ask){ &verb_claim, .input = &claim });
	for (; outcomes.n < claim.n; outcomes.n++)
		items[outcomes.n] =
			(struct outcome){ .message_key = claim.items[outcomes.n].message_key,
					  .attempt = claim.items[outcomes.n].attempt,
					  .end = ATTEMPT_ANSWERED,
					  .status = 200,
					  .retry_after_s = -1 };
	succeed(&(struct ask){ &verb_outcomes, .input = &outcomes });
	claim_clear(&claim);
}

static inline void file_at(int64_t obligation, const char *at)
{
	plan_to(at);
	succeed(&(struct ask)POST_(verb_submit, obligation, FILED));
}

/* "review-due>recommender:示例厅sent …": what became of each step of the obligation, in the order of their days. */
static inline const char *steps_of(int64_t obligation, int64_t revision)
{
	static char out[4096];
	size_t len = 0;
	struct query q = look("SELECT step || '=' || outcome || coalesce('(' || reason || ')', '') "
			      "FROM occasion WHERE obligation_key = $1 AND revision = $2 ORDER BY "
			      "nominal_at, step");
	query_int(&q, 1, obligation);
	query_int(&q, 2, revision);
	out[0] = '\0';
	while (query_row(&q))
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s", len ? " " : "",
					query_col_text(&q, 0));
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	return out;
}

#define assert_steps(obligation, revision, expected)                                               \
	assert_string_equal(steps_of(obligation, revision), expected)
#define STATE_1                                                                                    \
	"SELECT state || ' ' || revision || ' ' || due_on FROM obligation WHERE obligation_key = " \
	"1"

#endif
