/*
 * Moving a simulated clock. Walking there is the roof's work: it plans and delivers at every due instant on the way.
 */
#include "http/api_inside.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"

#include <stdlib.h>
#include <string.h>

struct advance {
	struct api *api;
	struct front_request *request;
};

static void reply_clock(struct api *api, struct front_request *request)
{
	struct read_args args = { .limit = 0 };
	struct buf body = BUF_EMPTY;
	struct problem problem = { .fault = FAULT_NONE };
	enum fault fault = api_read_args(api, &args, false, &problem);
	if (fault == FAULT_NONE)
		fault = read_run(api->reader, read_clock, &args, &body, &problem);
	if (fault == FAULT_NONE)
		api_reply(request, 200, &body);
	else
		problem_reply(request, 0, &problem, NULL);
	buf_clear(&body);
}

static void advanced(void *arg, const struct problem *problem)
{
	struct advance *advance = arg;
	struct api *api = advance->api;
	struct front_request *request = advance->request;
	free(advance);
	api->news++;
	if (problem && problem->fault != FAULT_NONE)
		problem_reply(request, 0, problem, NULL);
	else
		reply_clock(api, request);
}

static enum fault bad_member(struct problem *problem, const char *pointer, const char *detail)
{
	(void)problem_set(problem, FAULT_UNPROCESSED, "%s", detail);
	(void)text_copy(problem->pointer, sizeof(problem->pointer), pointer);
	return FAULT_UNPROCESSED;
}

static enum fault check_members(const struct jr_value *root, struct problem *problem)
{
	const char *key;
	for (size_t i = 0; jr_member_at(root, i, &key); i++)
		if (strcmp(key, "by") != 0 && strcmp(key, "to") != 0 && strcmp(key, "jump") != 0)
			return bad_member(
				problem, "",
				"the body has an unknown member; known here: by, to, jump");
	return FAULT_NONE;
}

/* {"by":"30d"} or {"to":INSTANT}, and perhaps "jump". */
static enum fault parse_advance(const struct jr_value *root, int64_t now_at, int64_t *to_at,
				bool *jump, struct problem *problem)
{
	const struct jr_value *by = jr_member(root, "by"), *to = jr_member(root, "to");
	const struct jr_value *how = jr_member(root, "jump");
	int64_t by_s;
	enum fault fault = check_members(root, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!by == !to)
		return bad_member(problem, "", "give either by or to");
	if (how && !jr_boolean(how, jump))
		return bad_member(problem, "/jump", "jump must be true or false");
	if (by) {
		if (!jr_string(by) || !text_parse_duration_s(jr_string(by), &by_s) || by_s <= 0)
			return bad_member(problem, "/by",
					  "by must be a duration like 90s, 20m, 6h, 30d or 2w");
		if (by_s > civil_end_at(0) * 366 * 200)
			return bad_member(problem, "/by", "by is longer than 200 years");
		*to_at = now_at + by_s;
	} else if (!jr_string(to) || !civil_instant_parse(jr_string(to), to_at)) {
		return bad_member(problem, "/to",
				  "to must be an instant like 2024-09-02T00:00:00+08:00 or a date");
	} else if (*to_at < now_at) {
		return bad_member(problem, "/to", "to lies before the clock; it only goes forward");
	}
	return FAULT_NONE;
}

static enum fault check_clock(const struct api *api, struct problem *problem)
{
	if (api->clock->simulated && api->hooks.advance)
		return FAULT_NONE;
	(void)problem_set(problem, FAULT_REFUSED, "this daemon runs on the real clock");
	(void)text_copy(problem->rule, sizeof(problem->rule), "clock");
	(void)text_copy(problem->hint, sizeof(problem->hint),
			"only a daemon started with clock = \"simulated:…\" can be advanced");
	return FAULT_REFUSED;
}

/*
 * No answer of a walk is kept: it is many transactions, none of which is the request's. An instant may be asked for again
 * all the same, and comes to the same; a stretch would be walked twice, so a key that promises once is refused.
 */
static enum fault check_key(const struct call *call, const struct jr_value *root,
			    struct problem *problem)
{
	if (!jr_member(root, "by") || !front_header(call->request, "Idempotency-Key"))
		return FAULT_NONE;
	(void)problem_set(problem, FAULT_INVALID,
			  "an advance by a duration takes no Idempotency-Key");
	(void)text_copy(problem->hint, sizeof(problem->hint),
			"give to instead of by: the same instant can be asked for again");
	return FAULT_INVALID;
}

void api_clock_advance(struct call *call)
{
	struct api *api = call->api;
	struct problem problem = { .fault = FAULT_NONE };
	struct jr_doc *doc = NULL;
	int64_t to_at = 0;
	bool jump = false;
	int status = api_media_type(call, &problem);
	if (status != 0) {
		problem_reply(call->request, status, &problem, NULL);
		return;
	}
	enum fault fault = check_clock(api, &problem);
	if (fault == FAULT_NONE)
		fault = api_body_json(call->request, true, &doc, &problem);
	if (fault == FAULT_NONE)
		fault = check_key(call, jr_root(doc), &problem);
	if (fault == FAULT_NONE)
		fault = parse_advance(jr_root(doc), clock_now_at(api->clock), &to_at, &jump,
				      &problem);
	jr_free(doc);
	if (fault != FAULT_NONE) {
		problem_reply(call->request, 0, &problem, NULL);
		return;
	}
	struct advance *advance = xcalloc(1, sizeof(*advance));
	*advance = (struct advance){ .api = api, .request = call->request };
	api->hooks.advance(api->hooks.arg, to_at, jump, advanced, advance);
}
