/*
 * Reading and recording acts. A reason of blanks is none; a change is recorded when it has taken effect, so that a row
 * of the register is never a plan.
 */
#include "engine/act.h"

#include "engine/notice.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/change.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum fault member_wrong(struct problem *problem, const char *member, const char *fmt, ...)
{
	char detail[512];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	(void)problem_set(problem, FAULT_UNPROCESSED, "%s", detail);
	if (problem)
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/%s", member);
	return FAULT_UNPROCESSED;
}

static const struct jr_value *member_of(const struct verb *verb, const char *member)
{
	const struct jr_value *value = verb->body ? jr_member(jr_root(verb->body), member) : NULL;
	return value && jr_type(value) != JR_NULL ? value : NULL;
}

bool body_number(const struct verb *verb, const char *member, int64_t min, int64_t max,
		 int64_t otherwise, int64_t *out, struct problem *problem)
{
	const struct jr_value *value = member_of(verb, member);
	*out = otherwise;
	if (!value || (jr_integer(value, out) && *out >= min && *out <= max))
		return true;
	(void)member_wrong(problem, member, "%s must be a whole number, %" PRId64 " to %" PRId64,
			   member, min, max);
	return false;
}

bool body_day_if(const struct verb *verb, const char *member, bool *set, int32_t *out,
		 struct problem *problem)
{
	const struct jr_value *value = member_of(verb, member);
	const char *text = value ? jr_string(value) : NULL;
	*set = value != NULL;
	if (!value || (text && civil_parse(text, out)))
		return true;
	(void)member_wrong(problem, member, "%s must be a day as YYYY-MM-DD, not \"%.32s\"", member,
			   text ? text : "…");
	return false;
}

bool body_trimmed(const struct verb *verb, const char *member, char *out, size_t size,
		  struct problem *problem)
{
	if (!body_text(verb, member, out, size, problem))
		return false;
	size_t len = strlen(out);
	const char *trimmed = text_trim(out, &len);
	memmove(out, trimmed, len);
	out[len] = '\0';
	return true;
}

static const struct {
	unsigned need;
	const char *member;
	const char *asks;
} needed[] = {
	{ ACT_REASON, "reason", "this needs its reason" },
	{ ACT_APPROVER, "approver", "this needs its approver: who decided it?" },
	{ ACT_DOC_NO, "doc_no", "this needs the number of the document it stands on" },
};

enum fault act_read(const struct tx *tx, const struct verb *verb, unsigned needs, struct act *act,
		    struct problem *problem)
{
	bool set;
	int32_t today = civil_day_of(tx->now_at);
	act->effective_on = today;
	if (!body_trimmed(verb, "reason", act->reason, sizeof(act->reason), problem) ||
	    !body_trimmed(verb, "approver", act->approver, sizeof(act->approver), problem) ||
	    !body_trimmed(verb, "doc_no", act->doc_no, sizeof(act->doc_no), problem) ||
	    !body_day_if(verb, "effective_on", &set, &act->effective_on, problem))
		return problem->fault;
	const char *const given[] = { act->reason, act->approver, act->doc_no };
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if ((needs & needed[i].need) && !given[i][0])
			return member_wrong(problem, needed[i].member, "%s", needed[i].asks);
	if (act->effective_on > today)
		return member_wrong(
			problem, "effective_on",
			"a change is recorded when it has taken effect, and that day is "
			"still to come");
	return FAULT_NONE;
}

static void write_data(int64_t change_key, const struct change_what *what, const struct act *act,
		       struct buf *out)
{
	char effective_on[CIVIL_DATE_BYTES];
	struct jw jw;
	civil_write(act->effective_on, effective_on);
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_id(&jw, "change", WIRE_ID_CHANGE, change_key);
	jw_kv_str(&jw, "kind", what->kind);
	jw_key(&jw, "old");
	jw_raw(&jw, what->old_json->data, what->old_json->len);
	jw_key(&jw, "new");
	jw_raw(&jw, what->new_json->data, what->new_json->len);
	jw_kv_str(&jw, "reason", act->reason);
	jw_kv_str(&jw, "approver", act->approver);
	jw_kv_str(&jw, "doc_no", act->doc_no);
	jw_kv_str(&jw, "effective_on", effective_on);
	jw_object_end(&jw);
}

enum fault act_record(struct tx *tx, const struct change_what *what, const struct act *act,
		      int64_t *change_key, struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct change_new change = { .programme_key = what->programme_key,
				     .unit_key = what->unit_key,
				     .kind = what->kind,
				     .old_json = buf_str(what->old_json),
				     .new_json = buf_str(what->new_json),
				     .reason = act->reason,
				     .approver = act->approver,
				     .doc_no = act->doc_no,
				     .effective_on = act->effective_on,
				     .actor = tx->actor };
	enum fault fault = change_add(tx->store, &change, tx->now_at, change_key, problem);
	write_data(*change_key, what, act, &data);
	struct event_row event = { what->event, what->programme_key, what->unit_key, 0,
				   buf_str(&data) };
	if (fault == FAULT_NONE)
		fault = event_append(tx->store, tx->now_at, &event, problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, what->event, what->object, &data, problem);
	buf_clear(&data);
	return fault;
}

enum fault act_tell(struct tx *tx, const struct change_what *what, const struct act *act,
		    int64_t change_key, struct problem *problem)
{
	char key[TEXT_ID_BYTES];
	struct buf data = BUF_EMPTY;
	enum fault fault = FAULT_NONE;
	text_id_write(key, WIRE_ID_CHANGE, change_key);
	write_data(change_key, what, act, &data);
	static const enum recipient told[] = { RECIPIENT_UNIT, RECIPIENT_RECOMMENDER,
					       RECIPIENT_OFFICE };
	for (size_t i = 0; fault == FAULT_NONE && i < sizeof(told) / sizeof(told[0]); i++) {
		struct notice notice = { told[i], what->event, key, buf_str(&data) };
		fault = notice_about_unit(tx, what->unit_key, &notice, problem);
	}
	buf_clear(&data);
	return fault;
}
