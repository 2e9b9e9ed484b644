/*
 * The scope of messages and of a digest's items. Read for endpoints with filters only.
 */
#include "store/scope.h"

#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <inttypes.h>
#include <stdio.h>

enum { OF_UNIT, OF_PROGRAMME, ITEMS, UNTOLD, KNOWN };

static const char *const sql[] = {
	[OF_UNIT] = "SELECT p.id, t.track_id, u.region FROM unit AS u JOIN programme AS p ON "
		    "p.programme_key = u.programme_key JOIN task AS t ON t.task_key = u.task_key "
		    "WHERE u.unit_key = $1",
	[OF_PROGRAMME] = "SELECT id, NULL, NULL FROM programme WHERE programme_key = $1",
	[ITEMS] = "SELECT p.id, t.track_id, u.region, i.type, i.unit_key, i.item_key FROM "
		  "digest_item AS i JOIN programme AS p ON p.programme_key = i.programme_key LEFT "
		  "JOIN unit AS u ON u.unit_key = i.unit_key LEFT JOIN task AS t ON t.task_key = "
		  "u.task_key WHERE i.digest_key = $1 AND i.dropped IS NULL ORDER BY i.item_key",
	[UNTOLD] = ("INSERT INTO digest_untold (message_key, item_key, filtered) SELECT "
		    "message_key, $2, 1 FROM message WHERE id = $1"),
	[KNOWN + SCOPE_PROGRAMME] = "SELECT 1 FROM programme WHERE id = $1 LIMIT 1",
	[KNOWN + SCOPE_TRACK] = "SELECT 1 FROM track WHERE id = $1 LIMIT 1",
	[KNOWN + SCOPE_REGION] = "SELECT 1 FROM unit WHERE region = $1 LIMIT 1",
	[KNOWN + SCOPE_UNIT] = "SELECT 1 FROM unit WHERE unit_key = $1 LIMIT 1",
};

static void name_unit(struct scope *scope, int64_t unit_key)
{
	scope->unit[0] = '\0';
	if (unit_key)
		(void)snprintf(scope->unit, sizeof(scope->unit), WIRE_ID_UNIT "_%" PRId64,
			       unit_key);
	scope->words.unit = scope->unit;
}

static void read_words(struct scope *scope, bool found)
{
	const struct query *q = &scope->query;
	scope->words.programme = found ? query_col_text(q, 0) : "";
	scope->words.track = found ? query_col_text(q, 1) : "";
	scope->words.region = found ? query_col_text(q, 2) : "";
}

void scope_begin(struct store *store, const char *type, int64_t unit_key, int64_t programme_key,
		 struct scope *out)
{
	out->query = query_begin(store, TABLE_SCOPE, sql, unit_key ? OF_UNIT : OF_PROGRAMME);
	query_int(&out->query, 1, unit_key ? unit_key : programme_key);
	out->words.type = type;
	name_unit(out, unit_key);
	read_words(out, query_row(&out->query));
}

enum fault scope_end(struct scope *scope, struct problem *problem)
{
	return query_end(&scope->query, problem);
}

void scope_items_begin(struct store *store, int64_t digest_key, struct scope *out)
{
	out->query = query_begin(store, TABLE_SCOPE, sql, ITEMS);
	query_int(&out->query, 1, digest_key);
}

bool scope_items_next(struct scope *scope, int64_t *item_key)
{
	const struct query *q = &scope->query;
	if (!query_row(&scope->query))
		return false;
	read_words(scope, true);
	scope->words.type = query_col_text(q, 3);
	name_unit(scope, query_col_int(q, 4));
	*item_key = query_col_int(q, 5);
	return true;
}

enum fault scope_untold(struct store *store, const char *message_id, int64_t item_key,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SCOPE, sql, UNTOLD);
	query_text(&q, 1, message_id);
	query_int(&q, 2, item_key);
	return query_run(&q, problem);
}

enum fault scope_known(struct store *store, enum scope_kind kind, const char *name, bool *known,
		       struct problem *problem)
{
	int64_t unit_key = 0;
	struct query q = query_begin(store, TABLE_SCOPE, sql, KNOWN + (unsigned)kind);
	if (kind == SCOPE_UNIT && text_id_parse(name, WIRE_ID_UNIT, &unit_key))
		query_int(&q, 1, unit_key);
	else
		query_text(&q, 1, name);
	*known = query_row(&q);
	return query_end(&q, problem);
}
