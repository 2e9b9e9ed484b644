/*
 * The report as a manager reads it: how much there is, who is late and by how many days, and whose turn it is. Its words
 * are those of conf/templates (weekly.* and turn.*); here they get their values.
 */
#include "engine/render_weekly.h"

#include "engine/wording.h"
#include "jiebang/chinese.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <string.h>

#define ROWS_TEXT_MAX_BYTES                                                                        \
	2000 /* of the text with its rows, in each language; escaping at most doubles it */
#define TEXT_MAX_BYTES        3000 /* of all of it, whatever an operator's files say */
#define NAME_MAX_BYTES        91   /* of a name in a line, thirty characters */
#define RECOMMENDER_MAX_BYTES 181

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- counts ---- */

static void add_state_word(enum unit_state state, enum template_lang lang, struct buf *out)
{
	const char *name = unit_state_name(state);
	if (lang == TEMPLATE_ZH && chinese_of(name, out))
		return;
	for (; *name; name++)
		buf_addc(out, *name == '_' ? ' ' : *name);
}

/* "攻关中 250，待决定 1" / "250 delivering, 1 pending decision" */
static void say_states(const struct templates *templates, enum template_lang lang,
		       const struct weekly_counts *counts, struct buf *out)
{
	struct template_values values = { .text[TEMPLATE_VAR_FIRST] = "1" };
	for (int state = 0; state < UNIT_STATE_COUNT; state++) {
		struct buf word = BUF_EMPTY;
		char count[TEXT_INT_BYTES];
		if (counts->state[state] == 0)
			continue;
		add_state_word((enum unit_state)state, lang, &word);
		(void)text_int_write(count, counts->state[state]);
		values.text[TEMPLATE_VAR_STATE] = buf_str(&word);
		values.text[TEMPLATE_VAR_COUNT_OF] = count;
		template_say(templates, lang, TEMPLATE_WEEKLY_STATE, &values, out);
		values.text[TEMPLATE_VAR_FIRST] = NULL;
		buf_clear(&word);
	}
}

static void say_head(struct weekly_text *text, struct wording *wording,
		     const struct weekly_counts *counts)
{
	for (int i = 0; i < TEMPLATE_LANGS; i++) {
		enum template_lang lang = (enum template_lang)i;
		struct buf states = BUF_EMPTY;
		say_states(text->templates, lang, counts, &states);
		wording->values.text[TEMPLATE_VAR_STATES] = buf_str(&states);
		wording_say(wording, text->templates, lang, TEMPLATE_WEEKLY_HEAD,
			    &text->said[lang]);
		buf_clear(&states);
	}
}

static void say_counts(struct weekly_text *text, struct wording *wording, int missed,
		       const struct weekly_counts *counts)
{
	const struct {
		enum template_var var;
		int64_t n;
	} numbers[] = {
		{ TEMPLATE_VAR_MISSED, missed },
		{ TEMPLATE_VAR_UNITS, counts->units },
		{ TEMPLATE_VAR_OVERDUE, counts->overdue },
		{ TEMPLATE_VAR_UNITS_LATE, counts->overdue_units },
		{ TEMPLATE_VAR_DUE_THIS_WEEK, counts->due_this_week },
		{ TEMPLATE_VAR_DUE_NEXT_WEEK, counts->due_next_week },
		{ TEMPLATE_VAR_REVIEW_RECOMMENDER, counts->review_recommender },
		{ TEMPLATE_VAR_REVIEW_OFFICE, counts->review_office },
		{ TEMPLATE_VAR_REVIEW_OVERDUE, counts->review_overdue },
		{ TEMPLATE_VAR_DECISIONS, counts->decisions },
		{ TEMPLATE_VAR_FILED, counts->filed },
		{ TEMPLATE_VAR_ACCEPTED, counts->accepted },
		{ TEMPLATE_VAR_RETURNED, counts->returned },
		{ TEMPLATE_VAR_UNDELIVERED, counts->disabled + counts->failing + counts->dead },
		{ TEMPLATE_VAR_DISABLED, counts->disabled },
		{ TEMPLATE_VAR_FAILING, counts->failing },
		{ TEMPLATE_VAR_DEAD, counts->dead },
		{ TEMPLATE_VAR_LATE, counts->overdue + counts->review_overdue },
	};
	char digits[COUNT_OF(numbers)][TEXT_INT_BYTES];
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		(void)text_int_write(digits[i], numbers[i].n);
		wording->values.text[numbers[i].var] = digits[i];
	}
	say_head(text, wording, counts);
}

void weekly_text_begin(struct weekly_text *text, const struct weekly_about *about,
		       const struct weekly_report *report, const struct weekly_counts *counts)
{
	char at[CIVIL_INSTANT_BYTES], day[CIVIL_DATE_BYTES], clock[sizeof("09:20")];
	char name[RECOMMENDER_MAX_BYTES];
	struct wording wording = {
		.programme = { [TEMPLATE_ZH] = about->name_zh, [TEMPLATE_EN] = about->name_en }
	};
	const char **value = wording.values.text;
	civil_instant_write(report->ask.at, at);
	(void)text_copy(day, sizeof(day), at);
	(void)text_copy(clock, sizeof(clock), at + sizeof("2025-03-10T") - 1);
	value[TEMPLATE_VAR_AS_OF] = day;
	value[TEMPLATE_VAR_AS_OF_TIME] = clock;
	value[TEMPLATE_VAR_PROGRAMME_ID] = about->id;
	if (report->ask.recommender) {
		(void)text_copy(name, sizeof(name), report->ask.recommender);
		value[TEMPLATE_VAR_RECOMMENDER] = name;
	}
	say_counts(text, &wording, report->missed, counts);
}

/* ---- rows ---- */

static enum template_text text_of_turn(const char *turn)
{
	static const struct {
		const char *id;
		enum template_text text;
	} turns[] = {
		{ "unit", TEMPLATE_TURN_UNIT },
		{ "recommender", TEMPLATE_TURN_RECOMMENDER },
		{ "office", TEMPLATE_TURN_OFFICE },
	};
	size_t i = 0;
	while (i + 1 < COUNT_OF(turns) && strcmp(turns[i].id, turn) != 0)
		i++;
	return turns[i].text;
}

static void add_line(struct weekly_text *text, struct wording *wording, enum template_lang lang)
{
	struct buf line = BUF_EMPTY;
	buf_addc(&line, '\n');
	wording_say(wording, text->templates, lang, TEMPLATE_WEEKLY_ROW, &line);
	if (text->said[lang].len + line.len <= ROWS_TEXT_MAX_BYTES)
		buf_add(&text->said[lang], line.data, line.len);
	buf_clear(&line);
}

void weekly_text_row(struct weekly_text *text, const struct weekly_rows *row, int days_late)
{
	char lead[NAME_MAX_BYTES], project[NAME_MAX_BYTES];
	struct wording wording = {
		.rule = { [TEMPLATE_ZH] = row->name_zh, [TEMPLATE_EN] = row->name_en }
	};
	const char **value = wording.values.text;
	(void)text_copy(lead, sizeof(lead), row->lead);
	(void)text_copy(project, sizeof(project), row->project);
	text_id_write(wording.unit, WIRE_ID_UNIT, row->unit_key);
	text_id_write(wording.obligation, WIRE_ID_OBLIGATION, row->obligation_key);
	value[TEMPLATE_VAR_UNIT] = wording.unit;
	value[TEMPLATE_VAR_OBLIGATION] = wording.obligation;
	value[TEMPLATE_VAR_LEAD] = lead;
	value[TEMPLATE_VAR_PROJECT] = project;
	wording_number(&wording, TEMPLATE_VAR_N, row->n, wording.n);
	wording_count(&wording, -days_late);
	wording.values.turn = text_of_turn(row->turn);
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++)
		add_line(text, &wording, (enum template_lang)lang);
}

/* ---- the end ---- */

/* Between two characters. */
static void cut(struct buf *said)
{
	char kept[TEXT_MAX_BYTES + 1];
	if (text_copy(kept, sizeof(kept), buf_str(said)))
		return;
	buf_reset(said);
	buf_adds(said, kept);
}

void weekly_text_end(struct weekly_text *text, int64_t more, const char *command)
{
	struct wording wording = { .n = "" };
	char digits[TEXT_INT_BYTES];
	wording_number(&wording, TEMPLATE_VAR_MORE, more, digits);
	wording.values.text[TEMPLATE_VAR_COMMAND] = command;
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++) {
		buf_addc(&text->said[lang], '\n');
		wording_say(&wording, text->templates, (enum template_lang)lang,
			    TEMPLATE_WEEKLY_TAIL, &text->said[lang]);
		cut(&text->said[lang]);
	}
}

void weekly_text_clear(struct weekly_text *text)
{
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++)
		buf_clear(&text->said[lang]);
}
