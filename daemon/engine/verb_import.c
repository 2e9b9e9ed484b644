/*
 * A shortlist comes in: every row is judged, every bad row is listed with line, column and rule, and either all rows
 * are kept or none. Rows stream from the spool file; memory does not grow with them.
 */
#include "engine/tx.h"

#include "jiebang/chinese.h"
#include "jiebang/digest.h"
#include "jiebang/shortlist.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/programme.h"
#include "store/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTED_MAX 10000 /* errors and warnings written out; all are counted */

struct import {
	struct tx *tx;
	const struct programme *programme;
	struct programme_row row;
	struct task_row *tasks; /* parallel to programme->tasks */
	int64_t batch_key;
	const char *reason; /* "" : none given */
	bool reason_used;
	int64_t imported;
	size_t n_errors;
	size_t n_warnings;
	struct buf errors;   /* JSON array items */
	struct buf warnings; /* JSON array items */
	struct jw errors_jw;
	struct jw warnings_jw;
	enum fault fault; /* of the store: ends everything */
	struct problem problem;
};

/* One finding: an error, or a warning where a soft rule was passed with a reason. */
struct finding {
	size_t line;
	const char *column;
	const char *rule;
	const char *detail;
};

static void write_finding(struct import *import, struct jw *jw, const struct finding *finding)
{
	const struct clause *clause = programme_clause(import->programme, finding->rule);
	jw_object(jw);
	jw_kv_int(jw, "line", (int64_t)finding->line);
	jw_kv_str(jw, "column", finding->column);
	jw_kv_str(jw, "rule", finding->rule);
	jw_kv_str(jw, "detail", finding->detail);
	struct buf zh = BUF_EMPTY;
	if (chinese_of(finding->detail, &zh))
		jw_kv_str(jw, "detail_zh", buf_str(&zh));
	buf_clear(&zh);
	if (clause)
		jw_kv_str(jw, "clause", clause->text);
	jw_object_end(jw);
}

static void add_error(struct import *import, const struct finding *finding)
{
	if (import->n_errors++ < LISTED_MAX)
		write_finding(import, &import->errors_jw, finding);
}

static void add_warning(struct import *import, const struct finding *finding)
{
	if (import->n_warnings++ < LISTED_MAX)
		write_finding(import, &import->warnings_jw, finding);
}

static void on_error(void *arg, const struct shortlist_error *error)
{
	struct finding finding = { error->line,
				   error->column < COLUMN_COUNT
					   ? shortlist_column_name(error->column)
					   : NULL,
				   error->rule, error->detail };
	add_error(arg, &finding);
}

/* ---- the judgement of one row ---- */

static void suggest_task(const struct import *import, const char *name, char *out, size_t size)
{
	const struct programme *programme = import->programme;
	const char **known = xcalloc(programme->n_tasks * 2 + 1, sizeof(*known));
	for (size_t i = 0; i < programme->n_tasks; i++) {
		known[2 * i] = programme->tasks[i].name;
		known[2 * i + 1] = programme->tasks[i].id;
	}
	const char *near = text_suggest(name, known);
	out[0] = '\0';
	if (near)
		(void)snprintf(out, size, "; did you mean %s?", near);
	free(known);
}

/* How many tasks have this id or name, on this track if one is given; *found is the last. */
static size_t match_tasks(const struct programme *programme, const char *name, size_t track,
			  size_t *found)
{
	size_t n = 0;
	*found = SIZE_MAX;
	for (size_t i = 0; i < programme->n_tasks; i++) {
		const struct task *task = &programme->tasks[i];
		bool named = strcmp(task->name, name) == 0 || strcmp(task->id, name) == 0;
		if (!named || (track != SIZE_MAX && task->track != track))
			continue;
		*found = i;
		n++;
	}
	return n;
}

/* The task a row means; SIZE_MAX with an error listed if none, or not on the row's track. */
static size_t find_task(struct import *import, const struct shortlist_row *row)
{
	const struct programme *programme = import->programme;
	const char *name = row->cell[COLUMN_TASK];
	const char *track_name = row->cell[COLUMN_TRACK];
	size_t track = track_name[0] ? programme_track_find(programme, track_name) : SIZE_MAX;
	char detail[512], near[160];
	if (track_name[0] && track == SIZE_MAX) {
		(void)snprintf(detail, sizeof(detail), "the programme has no track %.120s",
			       track_name);
		add_error(import, &(struct finding){ row->line, shortlist_column_name(COLUMN_TRACK),
						     "track", detail });
		return SIZE_MAX;
	}
	size_t found, n_found = match_tasks(programme, name, track, &found);
	if (n_found == 1)
		return found;
	if (n_found > 1) {
		(void)snprintf(detail, sizeof(detail),
			       "the programme has more than one task %.120s; name the track, or "
			       "write the task's id",
			       name);
		add_error(import, &(struct finding){ row->line, shortlist_column_name(COLUMN_TASK),
						     "task", detail });
		return SIZE_MAX;
	}
	suggest_task(import, name, near, sizeof(near));
	(void)snprintf(detail, sizeof(detail), "the programme has no task %.120s%s%.60s%s", name,
		       track_name[0] ? " on track " : "", track_name, near);
	add_error(import, &(struct finding){ row->line, shortlist_column_name(COLUMN_TASK), "task",
					     detail });
	return SIZE_MAX;
}

static bool check_consortium(struct import *import, const struct shortlist_row *row)
{
	const struct programme *programme = import->programme;
	const char *column = shortlist_column_name(COLUMN_PARTNERS);
	char detail[320];
	bool good = true;
	if (programme->partners_max >= 0 && row->n_partners > (size_t)programme->partners_max) {
		(void)snprintf(detail, sizeof(detail), "%zu partners; at most %d are allowed",
			       row->n_partners, programme->partners_max);
		add_error(import,
			  &(struct finding){ row->line, column, programme->partners_rule, detail });
		good = false;
	}
	for (size_t i = 0; i < row->n_partners; i++) {
		bool twice = strcmp(row->partner[i], row->cell[COLUMN_LEAD]) == 0;
		for (size_t k = 0; k < i && !twice; k++)
			twice = strcmp(row->partner[i], row->partner[k]) == 0;
		if (!twice)
			continue;
		(void)snprintf(detail, sizeof(detail), "%.200s is in the consortium twice",
			       row->partner[i]);
		add_error(import,
			  &(struct finding){ row->line, column, programme->partners_rule, detail });
		good = false;
	}
	return good;
}

/* Units that count against the cap of a task, at the cap's level. */
static int64_t counted(const struct import *import, size_t task)
{
	const struct programme *programme = import->programme;
	enum cap_level level = programme->shortlist_cap.level;
	int64_t sum = 0;
	if (level == CAP_LEVEL_TASK)
		return import->tasks[task].units;
	for (size_t i = 0; i < programme->n_tasks; i++)
		if (level == CAP_LEVEL_PROGRAMME ||
		    programme->tasks[i].track == programme->tasks[task].track)
			sum += import->tasks[i].units;
	return sum;
}

static void add_duplicate(struct import *import, const struct shortlist_row *row)
{
	add_error(import,
		  &(struct finding){ row->line, shortlist_column_name(COLUMN_LEAD), "duplicate",
				     "the same lead and project stand on this task already" });
}

/*
 * A list that is sent a second time is over every cap; what is wrong with it is that it is there already. Asked only
 * where the cap would speak: the database itself finds the others.
 */
static bool is_duplicate(struct import *import, const struct shortlist_row *row, size_t task)
{
	bool stands = false;
	import->fault =
		unit_stands(import->tx->store, import->tasks[task].key, row->cell[COLUMN_LEAD],
			    row->cell[COLUMN_PROJECT], &stands, &import->problem);
	if (import->fault == FAULT_NONE && stands)
		add_duplicate(import, row);
	return stands || import->fault != FAULT_NONE;
}

static bool check_cap(struct import *import, const struct shortlist_row *row, size_t task)
{
	const struct cap *cap = &import->programme->shortlist_cap;
	char detail[320];
	if (cap->level == CAP_LEVEL_NONE)
		return true;
	int64_t count = counted(import, task);
	if (count < cap->limit)
		return true;
	if (is_duplicate(import, row, task))
		return false;
	(void)snprintf(detail, sizeof(detail), "%lld unit%s on this %s already; the %s cap is %d%s",
		       (long long)count, count == 1 ? " is" : "s are", cap_level_name(cap->level),
		       cap->hard ? "hard" : "soft", cap->limit,
		       cap->hard || import->reason[0]
			       ? ""
			       : "; it can be passed with a recorded reason (--reason)");
	struct finding finding = { row->line, shortlist_column_name(COLUMN_TASK), cap->rule,
				   detail };
	if (cap->hard || !import->reason[0]) {
		add_error(import, &finding);
		return false;
	}
	add_warning(import, &finding);
	import->reason_used = true;
	return true;
}

static size_t find_class(struct import *import, const struct shortlist_row *row)
{
	const char *name = row->cell[COLUMN_CLASS];
	if (!name[0])
		return 0;
	size_t found = programme_class_find(import->programme, name);
	char detail[320];
	if (found == SIZE_MAX) {
		(void)snprintf(detail, sizeof(detail),
			       "the programme has no shortlist class %.120s", name);
		add_error(import, &(struct finding){ row->line, shortlist_column_name(COLUMN_CLASS),
						     "class", detail });
	}
	return found;
}

static void keep(struct import *import, const struct shortlist_row *row, size_t task,
		 size_t class_index)
{
	const struct shortlist_class *class = &import->programme->classes[class_index];
	struct unit_new unit = {
		.programme_key = import->row.key,
		.task_key = import->tasks[task].key,
		.batch_key = import->batch_key,
		.seq = row->cell[COLUMN_SEQ],
		.project = row->cell[COLUMN_PROJECT],
		.lead = row->cell[COLUMN_LEAD],
		.recommender = row->cell[COLUMN_RECOMMENDER],
		.region = row->cell[COLUMN_REGION],
		.class_id = class->id,
		.owes = class->owes,
		.partner = row->partner,
		.n_partners = row->n_partners,
	};
	int64_t key;
	enum fault fault =
		unit_add(import->tx->store, &unit, import->tx->now_at, &key, &import->problem);
	if (fault == FAULT_CONFLICT) {
		add_duplicate(import, row);
		return;
	}
	import->fault = fault;
	import->tasks[task].units++;
	import->imported++;
}

static void on_row(void *arg, const struct shortlist_row *row)
{
	struct import *import = arg;
	if (import->fault != FAULT_NONE)
		return;
	size_t task = find_task(import, row);
	size_t class_index = find_class(import, row);
	bool good = check_consortium(import, row);
	if (task != SIZE_MAX && check_cap(import, row, task) && good && class_index != SIZE_MAX)
		keep(import, row, task, class_index);
}

/* ---- the file ---- */

static enum fault read_all(struct import *import, int fd, char sha256[DIGEST_HEX_BYTES],
			   struct problem *problem)
{
	struct shortlist_sink sink = { on_row, on_error, import };
	struct shortlist *reader = shortlist_new(&sink);
	struct digest *digest = digest_new();
	char *piece = xmalloc(65536);
	enum fault fault = FAULT_NONE;
	ssize_t n = 1;
	while (fault == FAULT_NONE && import->fault == FAULT_NONE && n > 0) {
		n = read(fd, piece, 65536);
		if (n < 0)
			fault = problem_set(problem, FAULT_IO, "cannot read the spooled file: %s",
					    strerror(errno));
		else if (n > 0) {
			digest_add(digest, piece, (size_t)n);
			fault = shortlist_feed(reader, piece, (size_t)n, problem);
		}
	}
	if (fault == FAULT_NONE && import->fault == FAULT_NONE)
		fault = shortlist_finish(reader, problem);
	uint8_t sum[DIGEST_BYTES];
	digest_finish(digest, sum);
	digest_hex(sum, sizeof(sum), sha256);
	free(piece);
	digest_free(digest);
	shortlist_free(reader);
	if (fault == FAULT_NONE && import->fault != FAULT_NONE) {
		*problem = import->problem;
		return import->fault;
	}
	return fault;
}

static void write_errors(const struct import *import, struct buf *out)
{
	buf_addf(out, "{\"error_count\":%zu,\"errors\":[%s]}", import->n_errors,
		 buf_str(&import->errors));
}

static enum fault conclude(struct import *import, struct verb *verb, const char *sha256)
{
	struct tx *tx = import->tx;
	int64_t total = 0;
	for (size_t i = 0; i < import->programme->n_tasks; i++)
		total += import->tasks[i].units;
	enum fault fault = batch_finish(tx->store, import->batch_key, import->imported, sha256,
					&verb->problem);
	if (fault != FAULT_NONE)
		return fault;
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_int(&jw, "units", import->imported);
	jw_kv_str(&jw, "sha256", sha256);
	if (import->reason_used)
		jw_kv_str(&jw, "reason", import->reason);
	jw_object_end(&jw);
	struct event_row event = { "unit.imported", import->row.key, 0, 0, buf_str(&data) };
	fault = event_append(tx->store, tx->now_at, &event, &verb->problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, "unit_import", import->programme->id, &data, &verb->problem);
	buf_clear(&data);
	tx_tally(tx, import->row.key, "units", "", import->imported);
	buf_addf(&verb->reply,
		 "{\"programme\":\"%s\",\"imported\":%lld,\"dry_run\":%s,\"units_total\":%lld,"
		 "\"warning_count\":%zu,\"warnings\":[%s]}",
		 import->programme->id, (long long)import->imported,
		 verb->dry_run ? "true" : "false", (long long)total, import->n_warnings,
		 buf_str(&import->warnings));
	return fault;
}

static enum fault import_into(struct import *import, struct verb *verb)
{
	struct tx *tx = import->tx;
	struct batch_row batch = { .programme_key = import->row.key,
				   .reason = import->reason[0] ? import->reason : NULL,
				   .actor = tx->actor };
	char sha256[DIGEST_HEX_BYTES];
	tx_random(tx, batch.uid, sizeof(batch.uid));
	enum fault fault = task_rows(tx->store, import->row.key, import->programme, import->tasks,
				     &verb->problem);
	if (fault == FAULT_NONE)
		fault = batch_add(tx->store, &batch, tx->now_at, &import->batch_key,
				  &verb->problem);
	if (fault == FAULT_NONE)
		fault = read_all(import, verb->fd, sha256, &verb->problem);
	if (fault == FAULT_NONE && import->n_errors > 0) {
		write_errors(import, &verb->reply);
		return problem_set(&verb->problem, FAULT_UNPROCESSED,
				   import->n_errors == 1
					   ? "%zu row or cell is wrong; nothing was imported"
					   : "%zu rows or cells are wrong; nothing was imported",
				   import->n_errors);
	}
	if (fault == FAULT_NONE && import->imported == 0)
		return problem_set(&verb->problem, FAULT_UNPROCESSED,
				   "the file has a header and no rows");
	if (fault == FAULT_NONE)
		fault = conclude(import, verb, sha256);
	return fault;
}

static enum fault run_import(struct tx *tx, struct verb *verb)
{
	size_t reason_len = strlen(verb->reason);
	(void)text_trim(verb->reason, &reason_len);
	/* Blanks are no reason. */
	struct import import = { .tx = tx, .reason = reason_len ? verb->reason : "" };
	import.programme = tx_programme(tx, verb->name, &verb->problem);
	if (!import.programme)
		return FAULT_NOT_FOUND;
	enum fault fault = programme_row_get(tx->store, verb->name, &import.row, &verb->problem);
	if (fault != FAULT_NONE)
		return fault;
	if (verb->fd < 0)
		return problem_set(&verb->problem, FAULT_INVALID, "the request has no CSV body");
	import.tasks = xcalloc(import.programme->n_tasks + 1, sizeof(*import.tasks));
	jw_init(&import.errors_jw, &import.errors);
	jw_init(&import.warnings_jw, &import.warnings);
	fault = import_into(&import, verb);
	free(import.tasks);
	buf_clear(&import.errors);
	buf_clear(&import.warnings);
	return fault;
}

const struct verb_kind verb_unit_import = { "unit_import", run_import, true };
