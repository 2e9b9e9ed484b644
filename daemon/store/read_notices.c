/*
 * Who was told what: the messages about one unit, also those where it is an item of a digest, with every attempt; the
 * reminders that somebody's word kept back, of which there is no message; and the items of one digest, with those that
 * came to nothing before it left.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"

#include <string.h>

enum { UNIT, NOTICES, FIND, ITEMS };

enum {
	NT_MESSAGE,
	NT_ITEM,
	NT_ID,
	NT_TYPE,
	NT_OBLIGATION,
	NT_STEP,
	NT_STEPS,
	NT_NOMINAL_AT,
	NT_CREATED_AT,
	NT_ENDPOINT,
	NT_OWNER,
	NT_CHANNEL,
	NT_STATE,
	NT_REASON,
	NT_ATTEMPTS,
	NT_STATUS,
	NT_LAST_REASON,
	NT_DELIVERED_AT,
	NT_DIGEST,
	NT_SILENCE
};

#define NT_REST                                                                                    \
	"m.created_at, e.endpoint_key, e.owner, e.format, d.state, d.reason, d.attempts, "         \
	"d.last_status, d.last_reason, d.delivered_at, m.digest_key IS NOT NULL "
/* What was decided at one instant is told apart by a number: it has no key of its own. */
#define NT_KEPT_BACK                                                                               \
	"SELECT c.obligation_key, c.step, c.nominal_at, c.decided_at, c.outcome, c.reason, "       \
	"c.silence_key, row_number() OVER (PARTITION BY c.decided_at ORDER BY c.obligation_key, "  \
	"c.revision, c.step) AS n FROM obligation AS o JOIN occasion AS c ON c.obligation_key = "  \
	"o.obligation_key WHERE o.unit_key = $5 AND c.outcome = 'suppressed' AND (c.reason = "     \
	"'silence' OR c.reason = 'acknowledged' OR c.reason = 'snoozed' OR c.reason = 'filtered')"
#define NT_FROM                                                                                    \
	"JOIN delivery AS d ON d.message_key = m.message_key "                                     \
	"JOIN endpoint AS e ON e.endpoint_key = m.endpoint_key "

enum {
	IT_DEADLINE,
	IT_ITEM,
	IT_TYPE,
	IT_PROGRAMME,
	IT_UNIT,
	IT_LEAD,
	IT_PROJECT,
	IT_OBLIGATION,
	IT_REVISION,
	IT_NAME_ZH,
	IT_NAME_EN,
	IT_N,
	IT_STEP,
	IT_STEPS,
	IT_NOMINAL_AT,
	IT_DETAIL,
	IT_TOLD,
	IT_REASON
};

static const char *const sql[] = {
	[UNIT] = "SELECT 1 FROM unit WHERE unit_key = $1",
	[NOTICES] =
		"SELECT * FROM (SELECT m.message_key AS message, 0 AS item, m.id, m.type, "
		"m.obligation_key, m.step, m.steps, m.nominal_at, " NT_REST ", NULL AS silence "
		"FROM message AS m " NT_FROM "WHERE m.unit_key = $5 AND m.part IS NULL UNION ALL "
		"SELECT m.message_key, i.item_key, m.id, i.type, "
		"i.obligation_key, i.step, i.steps, i.nominal_at, " NT_REST ", NULL "
		"FROM digest_item AS i JOIN message AS m ON m.digest_key = i.digest_key " NT_FROM
		"WHERE i.unit_key = $5 AND m.part IS NULL AND NOT EXISTS (SELECT 1 FROM "
		"digest_untold AS x WHERE "
		"x.message_key = m.message_key AND x.item_key = i.item_key) UNION ALL SELECT 0, "
		"k.n, NULL, NULL, k.obligation_key, k.step, NULL, k.nominal_at, k.decided_at, "
		"NULL, NULL, NULL, k.outcome, k.reason, 0, NULL, NULL, NULL, 0, k.silence_key "
		"FROM (" NT_KEPT_BACK ") AS k) AS told "
		"WHERE (created_at, message, item) < ($1, $2, $3) "
		"ORDER BY created_at DESC, message DESC, item DESC LIMIT $4",
	[FIND] = "SELECT message_key FROM message WHERE id = $1",
	[ITEMS] = "SELECT i.deadline_at, i.item_key, i.type, p.id, i.unit_key, u.lead, u.project, "
		  "i.obligation_key, i.revision, r.name_zh, r.name_en, o.n, i.step, "
		  "i.steps, i.nominal_at, i.data, x.item_key IS NULL, CASE WHEN x.filtered = 1 "
		  "THEN 'filtered' ELSE i.dropped END FROM message AS m "
		  "JOIN digest_item AS i ON i.digest_key = m.digest_key "
		  "JOIN programme AS p ON p.programme_key = i.programme_key "
		  "LEFT JOIN unit AS u ON u.unit_key = i.unit_key "
		  "LEFT JOIN obligation AS o ON o.obligation_key = i.obligation_key "
		  "LEFT JOIN rule AS r ON r.rule_key = o.rule_key "
		  "LEFT JOIN digest_untold AS x ON x.message_key = m.message_key AND x.item_key = "
		  "i.item_key WHERE m.message_key = $5 AND (i.deadline_at, i.item_key) > ($1, $2) "
		  "ORDER BY i.deadline_at, i.item_key LIMIT $4",
};

static void steps_or_none(struct jw *jw, const struct query *q, int column)
{
	jw_key(jw, "steps");
	if (query_col_null(q, column))
		jw_raw(jw, "[]", 2);
	else
		jw_raw(jw, query_col_text(q, column), query_col_bytes(q, column));
}

/* ---- a unit's ---- */

static void notice_row(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_text(jw, "id", q, NT_ID);
	kv_text(jw, "type", q, NT_TYPE);
	kv_key(jw, "obligation", WIRE_ID_OBLIGATION, q, NT_OBLIGATION);
	kv_text(jw, "step", q, NT_STEP);
	steps_or_none(jw, q, NT_STEPS);
	kv_instant(jw, "nominal_at", q, NT_NOMINAL_AT);
	kv_instant(jw, "created_at", q, NT_CREATED_AT);
	kv_key(jw, "endpoint", WIRE_ID_ENDPOINT, q, NT_ENDPOINT);
	kv_text(jw, "owner", q, NT_OWNER);
	kv_text(jw, "channel", q, NT_CHANNEL);
	jw_kv_bool(jw, "digest", query_col_int(q, NT_DIGEST) != 0);
	kv_text(jw, "state", q, NT_STATE);
	kv_text(jw, "reason", q, NT_REASON);
	kv_key(jw, "silence", WIRE_ID_SILENCE, q, NT_SILENCE);
	kv_number(jw, "attempts", q, NT_ATTEMPTS);
	kv_number(jw, "last_status", q, NT_STATUS);
	kv_text(jw, "last_reason", q, NT_LAST_REASON);
	kv_instant(jw, "delivered_at", q, NT_DELIVERED_AT);
	attempts_array(rd, query_col_int(q, NT_MESSAGE));
	jw_object_end(jw);
}

static enum fault unit_exists(struct store *store, int64_t key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_READ_NOTICES, sql, UNIT);
	query_int(&q, 1, key);
	bool found = query_row(&q);
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no unit un_%lld",
				   (long long)key);
	return fault;
}

enum fault read_notices(struct store *store, const struct read_args *given, struct buf *out,
			struct problem *problem)
{
	struct read_args args = *given;
	struct list list = { .table = TABLE_READ_NOTICES,
			     .sql = sql,
			     .id = NOTICES,
			     .cursor = { NT_CREATED_AT, NT_MESSAGE, NT_ITEM },
			     .n_cursor = 3,
			     .descending = true,
			     .filters = { READ_UNIT },
			     .n_filters = 1,
			     .row = notice_row };
	struct reader rd;
	args.filter[READ_UNIT] = (struct read_value){ .set = true, .number = given->key };
	enum fault fault = unit_exists(store, given->key, problem);
	if (fault != FAULT_NONE)
		return fault;
	reader_init(&rd, store, &args, out, problem);
	return list_run(&rd, &list);
}

/* ---- a digest's ---- */

/* As it was when the step came due; the obligation's may have moved since. */
static void kv_due_on(struct jw *jw, const struct query *q)
{
	char due_on[CIVIL_DATE_BYTES];
	civil_write(civil_day_of(query_col_int(q, IT_DEADLINE) - 1), due_on);
	jw_kv_str(jw, "due_on", query_col_null(q, IT_OBLIGATION) ? NULL : due_on);
}

static void item_row(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_text(jw, "type", q, IT_TYPE);
	kv_text(jw, "programme", q, IT_PROGRAMME);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, IT_UNIT);
	kv_text(jw, "lead", q, IT_LEAD);
	kv_text(jw, "project", q, IT_PROJECT);
	kv_key(jw, "obligation", WIRE_ID_OBLIGATION, q, IT_OBLIGATION);
	kv_number(jw, "revision", q, IT_REVISION);
	kv_names(jw, "name", q, IT_NAME_ZH);
	kv_number(jw, "n", q, IT_N);
	kv_due_on(jw, q);
	kv_text(jw, "step", q, IT_STEP);
	steps_or_none(jw, q, IT_STEPS);
	kv_instant(jw, "nominal_at", q, IT_NOMINAL_AT);
	kv_json(jw, "detail", q, IT_DETAIL);
	jw_kv_bool(jw, "told", query_col_int(q, IT_TOLD) != 0);
	kv_text(jw, "reason", q, IT_REASON);
	jw_object_end(jw);
}

static enum fault find(struct store *store, const char *id, int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_READ_NOTICES, sql, FIND);
	query_text(&q, 1, id);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && *key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no message with this id");
	return fault;
}

enum fault read_message_items(struct store *store, const struct read_args *given, struct buf *out,
			      struct problem *problem)
{
	struct read_args args = *given;
	struct list list = { .table = TABLE_READ_NOTICES,
			     .sql = sql,
			     .id = ITEMS,
			     .cursor = { IT_DEADLINE, IT_ITEM },
			     .n_cursor = 2,
			     .filters = { READ_MESSAGE },
			     .n_filters = 1,
			     .row = item_row };
	struct reader rd;
	struct read_value *message = &args.filter[READ_MESSAGE];
	enum fault fault = find(store, given->name, &message->number, problem);
	if (fault != FAULT_NONE)
		return fault;
	message->set = true;
	reader_init(&rd, store, &args, out, problem);
	return list_run(&rd, &list);
}
