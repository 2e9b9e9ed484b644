/*
 * Silences, newest first.
 */
#include "store/read.h"

#include "jiebang/wire.h"
#include "store/read_inside.h"

enum { SILENCES, SILENCE };

#define SI_SELECT                                                                                  \
	"SELECT silence_key, programme, track, task, unit_key, recommender, recipient, kind, "     \
	"author, reason, created_at, until_at, expires_at, ended_by FROM silence "

static const char *const sql[] = {
	[SILENCES] = SI_SELECT "WHERE silence_key < $1 ORDER BY silence_key DESC LIMIT $4",
	[SILENCE] = SI_SELECT "WHERE silence_key = $1",
};

static void silence_object(struct reader *rd, const struct query *q)
{
	static const struct {
		const char *key;
		int column;
	} texts[] = { { "programme", 1 }, { "track", 2 }, { "task", 3 },   { "recommender", 5 },
		      { "recipient", 6 }, { "kind", 7 },  { "author", 8 }, { "reason", 9 } };
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_key(jw, "id", WIRE_ID_SILENCE, q, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		kv_text(jw, texts[i].key, q, texts[i].column);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, 4);
	kv_instant(jw, "created_at", q, 10);
	kv_instant(jw, "until", q, 11);
	kv_instant(jw, "expires_at", q, 12);
	kv_text(jw, "ended_by", q, 13);
	jw_kv_bool(jw, "active", query_col_int(q, 12) > rd->args->now_at);
	jw_object_end(jw);
}

enum fault read_silences(struct store *store, const struct read_args *args, struct buf *out,
			 struct problem *problem)
{
	struct list list = { .table = TABLE_READ_SILENCE,
			     .sql = sql,
			     .id = SILENCES,
			     .cursor = { 0 },
			     .n_cursor = 1,
			     .descending = true,
			     .row = silence_object };
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

enum fault read_silence(struct store *store, const struct read_args *args, struct buf *out,
			struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_SILENCE, sql, SILENCE);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found)
		silence_object(&rd, &q);
	reader_fault(&rd, query_end(&q, problem));
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no silence si_%lld",
				   (long long)args->key);
	return rd.fault;
}
