/*
 * A cell as a person reads it: translated, dates with their distance, states as signs, clean for a terminal.
 */
#include "write.h"

#include <inttypes.h>
#include <string.h>

#include "when.h"

/* The member that stands beside the one at `path`: for "next.due_on" it looks into "next". */
static const struct jr_value *beside(const struct jr_value *row, const char *path,
				     const char *member)
{
	const char *dot = strrchr(path, '.');
	struct buf sibling = BUF_EMPTY;
	const struct jr_value *value;

	if (dot != NULL)
		buf_add(&sibling, path, (size_t)(dot - path) + 1);
	buf_adds(&sibling, member);
	value = write_at(row, buf_str(&sibling));
	buf_clear(&sibling);
	return value;
}

static bool is_overdue(const struct jr_value *row, const char *path)
{
	const struct jr_value *overdue = beside(row, path, "overdue");
	const struct jr_value *days_left = beside(row, path, "days_left");
	int64_t days = 0;
	bool truth = false;

	if (overdue != NULL && jr_boolean(overdue, &truth))
		return truth;
	return days_left != NULL && jr_integer(days_left, &days) && days < 0;
}

static enum tone cell_due(struct buf *out, const char *path, const struct jr_value *row)
{
	const struct jr_value *provisional = beside(row, path, "provisional");
	bool overdue = is_overdue(row, path);
	bool truth = false;

	if (provisional != NULL && jr_boolean(provisional, &truth) && truth)
		buf_adds(out, "≈");
	when_date(out, write_string_at(row, path), overdue);
	return overdue ? TONE_BAD : TONE_PLAIN;
}

static enum tone cell_mark(struct buf *out, const char *path, const struct jr_value *row)
{
	static const struct {
		const char *state;
		const char *mark;
	} marks[] = {
		{ "scheduled", "·" }, { "open", "○" },   { "submitted", "◐" }, { "returned", "↺" },
		{ "accepted", "✓" },  { "waived", "–" }, { "cancelled", "×" },
	};
	const char *state = write_string_at(row, path);

	if (is_overdue(row, path)) {
		buf_addc(out, '!');
		return TONE_BAD;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(marks[i].state, state) == 0)
			buf_adds(out, marks[i].mark);
	return write_word_tone(state);
}

/* "name" where there are only "name_zh" and "name_en". */
static const char *name_beside(const char *path, const struct jr_value *row)
{
	static const char *const suffix[][2] = {
		[LANG_EN] = { "_en", "_zh" }, [LANG_ZH] = { "_zh", "_en" }
	};
	const char *name = "";

	for (size_t i = 0; i < 2 && name[0] == '\0'; i++) {
		struct buf member = BUF_EMPTY;

		buf_addf(&member, "%s%s", path, suffix[say_language()][i]);
		name = write_string_at(row, buf_str(&member));
		buf_clear(&member);
	}
	return name;
}

static enum tone cell_clean(struct buf *out, const struct column *column,
			    const struct jr_value *row)
{
	struct buf raw = BUF_EMPTY;
	enum tone tone = TONE_PLAIN;

	(void)write_plain(&raw, column, row);
	if (column->cell == CELL_WORD) {
		tone = write_word_tone(buf_str(&raw));
		term_clean(out, write_word(buf_str(&raw)));
	} else {
		term_clean(out, buf_str(&raw));
	}
	if (column->cell == CELL_ALARM && strcmp(buf_str(&raw), "0") != 0)
		tone = TONE_BAD;
	buf_clear(&raw);
	return tone;
}

/* What keeps a reminder back: "silence si_3 until 2025-03-04 00:00". */
static void cell_quiet(struct buf *out, const char *path, const struct jr_value *row)
{
	static const struct words until = { " until ", "，至 " };
	const struct jr_value *silence = beside(row, path, "silence");
	const struct jr_value *until_at = beside(row, path, "until");

	if (silence != NULL && jr_string(silence) != NULL) {
		buf_addc(out, ' ');
		term_clean(out, jr_string(silence));
	}
	if (until_at != NULL && jr_string(until_at) != NULL) {
		buf_adds(out, say_word(&until));
		when_instant(out, jr_string(until_at), false);
	}
}

/* 987 as "98.7%". */
static enum tone cell_permille(struct buf *out, int64_t permille)
{
	buf_addf(out, "%" PRId64 ".%" PRId64 "%%", permille / 10, permille % 10);
	return TONE_PLAIN;
}

enum tone write_cell(struct buf *out, const struct column *column, const struct jr_value *row)
{
	const struct jr_value *value = write_at(row, column->path);
	const char *s = value != NULL ? jr_string(value) : NULL;

	if (value == NULL && column->cell == CELL_NAME)
		term_clean(out, name_beside(column->path, row));
	if (value == NULL || (column->cell == CELL_SET && write_number_at(row, column->path) <= 0))
		return TONE_PLAIN;
	if (column->cell == CELL_PERMILLE)
		return cell_permille(out, write_number_at(row, column->path));
	if (s == NULL)
		return cell_clean(out, column, row);
	switch (column->cell) {
	case CELL_SAID:
		term_clean(out, write_said_at(row, column->path));
		return TONE_PLAIN;
	case CELL_DATE:
		when_date(out, s, false);
		return TONE_PLAIN;
	case CELL_DUE:
		return cell_due(out, column->path, row);
	case CELL_MARK:
		return cell_mark(out, column->path, row);
	case CELL_INSTANT:
	case CELL_MOMENT:
		when_instant(out, s, column->cell == CELL_MOMENT);
		return TONE_PLAIN;
	case CELL_STEP:
		write_step(out, s);
		return TONE_PLAIN;
	case CELL_REASON:
		write_reason(out, s);
		cell_quiet(out, column->path, row);
		return TONE_PLAIN;
	case CELL_TEXT:
	case CELL_NAME:
	case CELL_WORD:
	case CELL_SET:
	case CELL_LIST:
	case CELL_COUNT:
	case CELL_ALARM:
	case CELL_PERMILLE:
		break;
	}
	return cell_clean(out, column, row);
}
