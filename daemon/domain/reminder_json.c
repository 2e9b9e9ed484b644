/*
 * A ladder as compact JSON, frozen in the database with each obligation's rule, so that editing a programme's file
 * changes no running one (R2). Reading checks everything that the steps rely on: a row edited by hand must not
 * index past an array or make two steps with one key.
 */
#include "jiebang/json.h"
#include "jiebang/reminder.h"
#include "jiebang/text.h"

#include <string.h>

#define COUNT_OF(a)       (sizeof(a) / sizeof((a)[0]))
#define LADDER_DAYS_MAX   3660 /* ten years */
#define SEND_AT_MAX_S     86399
#define ESCALATIONS_COUNT COUNT_OF(((struct ladder *)NULL)->escalations)

static void write_days(struct jw *jw, const char *key, const int *days, size_t n)
{
	jw_key(jw, key);
	jw_array(jw);
	for (size_t i = 0; i < n; i++)
		jw_int(jw, days[i]);
	jw_array_end(jw);
}

void ladder_write(const struct ladder *ladder, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "id", ladder->id);
	write_days(&jw, "before_days", ladder->before_days, ladder->n_before);
	write_days(&jw, "after_days", ladder->after_days, ladder->n_after);
	jw_kv_int(&jw, "then_every_days", ladder->then_every_days);
	jw_kv_int(&jw, "send_at_s", ladder->send_at_s);
	jw_kv_str(&jw, "days_off", days_off_name(ladder->days_off));
	jw_kv_int(&jw, "jitter_s", ladder->jitter_s);
	jw_key(&jw, "escalations");
	jw_array(&jw);
	for (size_t i = 0; i < ladder->n_escalations; i++) {
		jw_object(&jw);
		jw_kv_str(&jw, "to", recipient_name(ladder->escalations[i].to));
		jw_kv_int(&jw, "after_workdays", ladder->escalations[i].after_workdays);
		jw_object_end(&jw);
	}
	jw_array_end(&jw);
	jw_object_end(&jw);
}

static bool read_int(const struct jr_value *value, int min, int max, int *out)
{
	int64_t number;
	if (!jr_integer(value, &number) || number < min || number > max)
		return false;
	*out = (int)number;
	return true;
}

static bool is_array(const struct jr_value *value, size_t max)
{
	return value && jr_type(value) == JR_ARRAY && jr_count(value) <= max;
}

static bool read_id(const struct jr_value *value, struct ladder *out)
{
	const char *id = jr_string(value);
	return id && text_copy(out->id, sizeof(out->id), id);
}

static bool read_before(const struct jr_value *value, struct ladder *out)
{
	if (!is_array(value, LADDER_RUNGS_MAX))
		return false;
	out->n_before = jr_count(value);
	int max = LADDER_DAYS_MAX;
	for (size_t i = 0; i < out->n_before; i++) {
		if (!read_int(jr_item(value, i), 0, max, &out->before_days[i]))
			return false;
		max = out->before_days[i] - 1;
	}
	return true;
}

static bool read_after(const struct jr_value *value, struct ladder *out)
{
	if (!is_array(value, LADDER_RUNGS_MAX))
		return false;
	out->n_after = jr_count(value);
	int min = 1;
	for (size_t i = 0; i < out->n_after; i++) {
		if (!read_int(jr_item(value, i), min, LADDER_DAYS_MAX, &out->after_days[i]))
			return false;
		min = out->after_days[i] + 1;
	}
	return true;
}

static bool read_every(const struct jr_value *value, struct ladder *out)
{
	return read_int(value, 0, LADDER_DAYS_MAX, &out->then_every_days);
}

static bool read_send_at(const struct jr_value *value, struct ladder *out)
{
	return read_int(value, 0, SEND_AT_MAX_S, &out->send_at_s);
}

static bool read_days_off(const struct jr_value *value, struct ladder *out)
{
	const char *word = jr_string(value);
	return word && days_off_parse(word, &out->days_off);
}

static bool read_jitter(const struct jr_value *value, struct ladder *out)
{
	return read_int(value, 0, LADDER_JITTER_MAX_S, &out->jitter_s);
}

static bool is_repeated(const struct ladder *ladder, const struct escalation *up)
{
	for (size_t i = 0; i < ladder->n_escalations; i++)
		if (ladder->escalations[i].to == up->to &&
		    ladder->escalations[i].after_workdays == up->after_workdays)
			return true;
	return false;
}

static bool read_escalations(const struct jr_value *value, struct ladder *out)
{
	if (!is_array(value, ESCALATIONS_COUNT))
		return false;
	for (size_t i = 0; i < jr_count(value); i++) {
		const struct jr_value *item = jr_item(value, i);
		struct escalation up;
		const char *to = jr_string(jr_member(item, "to"));
		if (jr_type(item) != JR_OBJECT || jr_count(item) != 2 || !to ||
		    !recipient_parse(to, &up.to) ||
		    !read_int(jr_member(item, "after_workdays"), 0, LADDER_DAYS_MAX,
			      &up.after_workdays) ||
		    is_repeated(out, &up))
			return false;
		out->escalations[out->n_escalations++] = up;
	}
	return true;
}

static const struct {
	const char *key;
	bool (*read)(const struct jr_value *value, struct ladder *out);
	const char *wanted;
} members[] = {
	{ "id", read_id, "text of at most 31 bytes" },
	{ "before_days", read_before, "at most 24 days, descending to 0" },
	{ "after_days", read_after, "at most 24 days, ascending from 1" },
	{ "then_every_days", read_every, "days, 0 for never" },
	{ "send_at_s", read_send_at, "seconds after midnight, 0 to 86399" },
	{ "days_off", read_days_off, "send, before or after" },
	{ "jitter_s", read_jitter, "seconds, 0 to 3600" },
	{ "escalations", read_escalations,
	  "at most 8 different {\"to\", \"after_workdays\"}, to: unit, recommender or office" },
};

static enum fault read_members(const struct jr_value *root, struct ladder *out,
			       struct problem *problem)
{
	if (jr_type(root) != JR_OBJECT)
		return problem_set(problem, FAULT_INVALID, "a ladder is an object");
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		const struct jr_value *value = jr_member(root, members[i].key);
		if (!value || !members[i].read(value, out))
			return problem_set(problem, FAULT_INVALID, "ladder: %s must be %s",
					   members[i].key, members[i].wanted);
	}
	if (jr_count(root) != COUNT_OF(members))
		return problem_set(problem, FAULT_INVALID, "ladder: a member that is not known");
	return FAULT_NONE;
}

enum fault ladder_read(const char *text, size_t len, struct ladder *out, struct problem *problem)
{
	struct jr_doc *doc;
	memset(out, 0, sizeof(*out));
	enum fault fault = jr_read(text, len, &doc, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = read_members(jr_root(doc), out, problem);
	jr_free(doc);
	return fault;
}
