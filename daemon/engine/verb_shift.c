/*
 * A whole programme is shifted, as in February 2020: one recorded operation with its reason, approver and document.
 */
#include "engine/correct.h"
#include "engine/gap.h"
#include "jiebang/civil.h"
#include "jiebang/wire.h"

#define SHIFT_MAX_MONTHS 60

static void write_reply(const struct operation *operation, int64_t months, bool dry_run,
			struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "programme", operation->programme->id);
	jw_kv_int(&jw, "months", months);
	jw_kv_str(&jw, "window_ends_on", operation->row.window_end_on);
	jw_kv_int(&jw, "units", operation->units);
	jw_kv_int(&jw, "obligations", operation->obligations);
	jw_kv_id(&jw, "change", WIRE_ID_CHANGE, operation->change_key);
	jw_kv_bool(&jw, "dry_run", dry_run);
	jw_object_end(&jw);
}

static enum fault check(const struct operation *operation, int64_t months, struct problem *problem)
{
	int32_t date = 0;
	if (!operation->row.published_on[0])
		return tx_refuse(operation->programme, "publication", problem,
				 "%s is not published: there is nothing to shift",
				 operation->programme->id);
	INVARIANT(civil_parse(operation->row.published_on, &date));
	if (!window_is_writable(operation->programme, date,
				operation->row.shift_months + (int)months))
		return member_wrong(problem, "months", "the window would end after the year %d",
				    CIVIL_YEAR_MAX);
	return FAULT_NONE;
}

static enum fault run_shift(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "months", ACT_MEMBERS, NULL };
	static struct operation operation; /* large; the writer thread's alone */
	struct problem *problem = &verb->problem;
	int64_t months;
	operation = (struct operation){ .programme = tx_programme(tx, verb->name, problem) };
	if (!operation.programme)
		return FAULT_NOT_FOUND;
	if (!body_known(verb, known, problem) ||
	    !body_number(verb, "months", 1, SHIFT_MAX_MONTHS, 0, &months, problem))
		return problem->fault;
	if (months == 0)
		return member_wrong(problem, "months", "by how many months?");
	enum fault fault =
		act_read(tx, verb, ACT_REASON | ACT_APPROVER | ACT_DOC_NO, &operation.act, problem);
	if (fault == FAULT_NONE)
		fault = programme_row_get(tx->store, verb->name, &operation.row, problem);
	if (fault == FAULT_NONE)
		fault = check(&operation, months, problem);
	if (fault == FAULT_NONE)
		fault = programme_shift(tx, &operation, (int)months, problem);
	if (fault == FAULT_NONE)
		fault = gaps_refresh(tx, problem);
	if (fault == FAULT_NONE)
		write_reply(&operation, months, verb->dry_run, &verb->reply);
	return fault;
}

const struct verb_kind verb_programme_shift = { "programme_shift", run_shift, true };
