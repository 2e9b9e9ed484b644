/*
 * Endpoints: added with a secret that is shown once, disabled (their messages are held), enabled (and freed), tested.
 */
#include "engine/endpoint_secret.h"
#include "engine/endpoint_state.h"
#include "engine/filter.h"
#include "engine/health.h"
#include "engine/post.h"
#include "engine/reach.h"
#include "jiebang/endpoint_url.h"
#include "jiebang/mail.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"
#include "store/outbox.h"
#include "store/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- adding ---- */

struct addition {
	char owner[560];
	char url[2048];
	char format[16];
	struct endpoint_options asks;
	struct buf options; /* the same as JSON, as it is kept */
	enum endpoint_format format_kind;
	struct secret secret;
	int64_t unit_key;
};

static enum fault check_owner(struct tx *tx, struct addition *addition, struct problem *problem)
{
	struct unit_row unit;
	bool known = true;
	enum fault fault = FAULT_NONE;
	const char *owner = addition->owner;
	if (strcmp(owner, "office") == 0)
		return FAULT_NONE;
	if (strncmp(owner, "unit:", 5) == 0) {
		if (!text_id_parse(owner + 5, WIRE_ID_UNIT, &addition->unit_key))
			return body_wrong(problem, "/owner",
					  "owner names no unit; write unit:un_7");
		fault = unit_get(tx->store, addition->unit_key, &unit, problem);
	} else if (strncmp(owner, "recommender:", 12) == 0) {
		fault = recommender_known(tx->store, owner + 12, &known, problem);
	} else {
		return body_wrong(problem, "/owner",
				  "owner must be unit:ID, recommender:NAME or office");
	}
	if (fault == FAULT_NOT_FOUND || !known)
		return body_wrong(
			problem, "/owner",
			known ? "there is no such unit"
			      : "no unit has this recommender; write its name exactly as in "
				"the shortlist");
	return fault;
}

static enum fault take_options(const struct verb *verb, struct addition *addition,
			       struct problem *problem)
{
	const struct jr_value *object =
		verb->body ? jr_member(jr_root(verb->body), "options") : NULL;
	struct jw jw;
	enum fault fault =
		object ? endpoint_options_merge(object, &addition->asks, problem) : FAULT_NONE;
	if (fault == FAULT_NONE)
		fault = endpoint_options_suit(&addition->asks, addition->url, problem);
	if (fault == FAULT_NONE)
		fault = robot_options_suit(addition->format_kind, &addition->asks, problem);
	jw_init(&jw, &addition->options);
	endpoint_options_write(&addition->asks, &jw);
	return fault;
}

static enum fault read_addition(const struct verb *verb, struct addition *addition,
				struct problem *problem)
{
	static const char *const known[] = { "owner",     "url",     "format", "secret",
					     "signature", "options", NULL };
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "owner", addition->owner, sizeof(addition->owner), problem) ||
	    !body_text(verb, "url", addition->url, sizeof(addition->url), problem) ||
	    !body_text(verb, "format", addition->format, sizeof(addition->format), problem))
		return problem->fault;
	if (!addition->owner[0])
		return body_wrong(problem, "/owner",
				  "owner is missing: unit:ID, recommender:NAME or office");
	if (!addition->url[0])
		return body_wrong(problem, "/url", "url is missing");
	if (!addition->format[0])
		text_copy(addition->format, sizeof(addition->format),
			  mail_is_url(addition->url) ? "mail" : "standard");
	if (!endpoint_format_parse(addition->format, &addition->format_kind))
		return body_wrong(
			problem, "/format",
			"format must be standard, cloudevents, wecom, dingtalk, feishu or mail");
	const char *refusal = endpoint_url_refusal(addition->format_kind, addition->url);
	if (refusal)
		return body_wrong(problem, "/url", refusal);
	return take_options(verb, addition, problem);
}

/* As a GET would show it, with the secret. */
static void write_added(const struct endpoint_row *row, const struct addition *addition,
			struct buf *out)
{
	struct jw jw;
	struct buf url = BUF_EMPTY;
	robot_mask_url(addition->format_kind, row->url, &url);
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_id(&jw, "id", WIRE_ID_ENDPOINT, row->key);
	jw_kv_str(&jw, "owner", row->owner);
	jw_kv_str(&jw, "url", buf_str(&url));
	buf_clear(&url);
	jw_kv_str(&jw, "format", row->format);
	jw_kv_str(&jw, "state", endpoint_state_name(row->state));
	jw_kv_str(&jw, "state_reason", row->state_reason[0] ? row->state_reason : NULL);
	jw_kv_at(&jw, "created_at", row->created_at);
	jw_key(&jw, "options");
	jw_raw(&jw, addition->options.data, addition->options.len);
	jw_kv_str(&jw, "signature", secret_kind_name(addition->secret.kind));
	endpoint_tell_secret(&addition->secret, &jw);
	jw_object_end(&jw);
}

static enum fault record(struct tx *tx, const char *type, const char *verb,
			 const struct endpoint_row *row, struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	endpoint_record_begin(row, &data, &jw);
	jw_kv_str(&jw, "reason", row->state_reason[0] ? row->state_reason : NULL);
	return endpoint_record_end(tx, row, type, verb, &data, problem);
}

static enum fault add(struct tx *tx, struct verb *verb, const struct addition *addition)
{
	struct endpoint_row row;
	struct problem *problem = &verb->problem;
	int64_t key = 0;
	struct endpoint_new endpoint = { .owner = addition->owner,
					 .unit_key = addition->unit_key,
					 .url = addition->url,
					 .format = addition->format,
					 .options = buf_str(&addition->options),
					 .fifo = addition->asks.fifo,
					 .filtered = endpoint_filter_any(&addition->asks),
					 .per_minute = robot_per_minute(addition->format_kind,
									&addition->asks),
					 .secret = &addition->secret };
	tx_random(tx, endpoint.uid, sizeof(endpoint.uid));
	enum fault fault = endpoint_add(tx->store, &endpoint, tx->now_at, &key, problem);
	if (fault == FAULT_CONFLICT)
		return problem_set(problem, FAULT_CONFLICT,
				   "%.200s has an endpoint with this URL already", addition->owner);
	if (fault == FAULT_NONE)
		fault = endpoint_get(tx->store, key, &row, problem);
	if (fault == FAULT_NONE)
		fault = reach_endpoint(tx, row.unit_key, &addition->asks, 1, problem);
	if (fault == FAULT_NONE)
		fault = record(tx, "endpoint.added", "endpoint_add", &row, problem);
	if (fault == FAULT_NONE)
		write_added(&row, addition, &verb->reply);
	if (fault == FAULT_NONE)
		fault = filter_warn(tx, &row, &addition->asks, &verb->reply, problem);
	tx_tally(tx, 0, "endpoints:", "enabled", 1);
	verb->status = 201;
	return fault;
}

static enum fault run_add(struct tx *tx, struct verb *verb)
{
	struct addition addition = { .unit_key = 0 };
	struct problem *problem = &verb->problem;
	enum fault fault = read_addition(verb, &addition, problem);
	if (fault == FAULT_NONE)
		fault = check_owner(tx, &addition, problem);
	struct secret_wanted wanted = { addition.format_kind, SECRET_HMAC };
	if (fault == FAULT_NONE)
		fault = filter_check(tx, &addition.asks, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_take_secret(tx, verb, &wanted, &addition.secret, problem);
	if (fault == FAULT_NONE)
		fault = add(tx, verb, &addition);
	buf_clear(&addition.options);
	explicit_bzero(&addition, sizeof(addition));
	return fault;
}

const struct verb_kind verb_endpoint_add = { "endpoint_add", run_add, false };

/* ---- enable, disable ---- */

static enum fault set_state(struct tx *tx, struct verb *verb, enum endpoint_state state,
			    const char *reason)
{
	struct endpoint_row row;
	struct release release = { .by_person = true };
	struct problem *problem = &verb->problem;
	bool enable = state == ENDPOINT_ENABLED;
	enum fault fault = endpoint_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE && row.state == state) {
		/* already so: nothing to change */
		return tx_reply(tx, verb, read_endpoint, row.key, NULL);
	}
	if (fault == FAULT_NONE)
		fault = endpoint_move(tx, &row, state, reason, problem);
	if (fault == FAULT_NONE)
		fault = health_forget(tx, row.key, problem);
	if (fault == FAULT_NONE)
		fault = enable ? endpoint_free_held(tx, row.key, &release, problem)
			       : endpoint_hold_waiting(tx, row.key, "endpoint_disabled", problem);
	if (fault == FAULT_NONE)
		fault = record(tx, enable ? "endpoint.enabled" : "endpoint.disabled",
			       enable ? "endpoint_enable" : "endpoint_disable", &row, problem);
	return fault == FAULT_NONE ? tx_reply(tx, verb, read_endpoint, row.key, NULL) : fault;
}

static enum fault run_enable(struct tx *tx, struct verb *verb)
{
	return set_state(tx, verb, ENDPOINT_ENABLED, NULL);
}

static enum fault run_disable(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "reason", NULL };
	char reason[128];
	if (!body_known(verb, known, &verb->problem) ||
	    !body_text(verb, "reason", reason, sizeof(reason), &verb->problem))
		return verb->problem.fault;
	return set_state(tx, verb, ENDPOINT_DISABLED, reason[0] ? reason : "by hand");
}

const struct verb_kind verb_endpoint_enable = { "endpoint_enable", run_enable, false };
const struct verb_kind verb_endpoint_disable = { "endpoint_disable", run_disable, false };

/* ---- test ---- */

static enum fault run_test(struct tx *tx, struct verb *verb)
{
	struct endpoint_row row;
	uint8_t once[16];
	char id[WEBHOOK_ID_BYTES];
	struct problem *problem = &verb->problem;
	enum fault fault = endpoint_get(tx->store, verb->key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (row.state == ENDPOINT_DISABLED)
		return problem_set(problem, FAULT_REFUSED,
				   "ep_%" PRId64 " is disabled; enable it first", row.key);
	tx_random(tx, once, sizeof(once));
	webhook_id(tx, &(struct webhook_id_parts){ once, row.uid, 0, "test", 0, 0, "test" }, id);
	struct message_new message = { .id = id,
				       .endpoint_key = row.key,
				       .type = "endpoint.test",
				       .step = "test",
				       .nominal_at = tx->now_at,
				       .deadline_at = tx->now_at };
	fault = message_add(tx->store, &message, tx->now_at, problem);
	if (fault == FAULT_NONE)
		fault = record(tx, "endpoint.tested", "endpoint_test", &row, problem);
	tx_tally(tx, 0, "delivery:", "due", 1);
	tx_stir(tx);
	buf_addf(&verb->reply,
		 "{\"id\":\"%s\",\"type\":\"endpoint.test\",\"endpoint\":\"" WIRE_ID_ENDPOINT
		 "_%" PRId64 "\",\"state\":\"due\",\"attempts\":0}",
		 id, row.key);
	verb->status = 202;
	return fault;
}

const struct verb_kind verb_endpoint_test = { "endpoint_test", run_test, false };
