/*
 * The shortlist reader on any bytes, read twice: at once, and in pieces whose lengths the input chooses. Both must
 * say the same, row for row; and every row that comes out is what the header promises.
 */
#include "jiebang/shortlist.h"

#include "jiebang/buf.h"
#include "jiebang/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_row(void *arg, const struct shortlist_row *row)
{
	buf_addf(arg, "%zu", row->line);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		size_t len = strlen(row->cell[i]);
		INVARIANT(len < SHORTLIST_FIELD_BYTES && text_utf8_valid(row->cell[i], len));
		buf_addf(arg, "|%s", row->cell[i]);
	}
	INVARIANT(row->cell[COLUMN_TASK][0] && row->cell[COLUMN_PROJECT][0] &&
		  row->cell[COLUMN_LEAD][0] && row->n_partners <= SHORTLIST_PARTNERS_MAX);
	for (size_t i = 0; i < row->n_partners; i++) {
		INVARIANT(row->partner[i][0] != '\0');
		buf_addf(arg, "+%s", row->partner[i]);
	}
	buf_addc(arg, '\n');
}

static void on_error(void *arg, const struct shortlist_error *error)
{
	INVARIANT(text_utf8_valid(error->detail, strlen(error->detail)) && error->detail[0]);
	buf_addf(arg, "%zu!%d %s %s\n", error->line, (int)error->column, error->rule,
		 error->detail);
}

/* steps: NULL reads at once, else each byte is the length of the next piece. */
static void hear(const uint8_t *data, size_t size, const uint8_t *steps, size_t n_steps,
		 struct buf *out)
{
	struct shortlist_sink sink = { on_row, on_error, out };
	struct shortlist *list = shortlist_new(&sink);
	struct problem problem;
	enum fault fault = FAULT_NONE;
	for (size_t at = 0, i = 0; fault == FAULT_NONE && at < size; i++) {
		size_t n = steps ? steps[i % n_steps] + (size_t)1 : size;
		n = n > size - at ? size - at : n;
		fault = shortlist_feed(list, data + at, n, &problem);
		at += n;
	}
	if (fault == FAULT_NONE)
		fault = shortlist_finish(list, &problem);
	if (fault != FAULT_NONE)
		buf_addf(out, "fault %s %s\n", fault_name(fault), problem.detail);
	shortlist_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_EMPTY, pieces = BUF_EMPTY;
	size_t n_steps = size < 8 ? size : 8;
	hear(data, size, NULL, 0, &whole);
	if (n_steps > 0)
		hear(data, size, data + size - n_steps, n_steps, &pieces);
	INVARIANT(n_steps == 0 || strcmp(buf_str(&whole), buf_str(&pieces)) == 0);
	buf_clear(&whole);
	buf_clear(&pieces);
	return 0;
}
