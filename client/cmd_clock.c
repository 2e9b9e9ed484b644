/*
 * The clock of the deadlines.
 */
#include "commands.h"

static const struct column clock_columns[] = {
	{ "clock", { "clock", "时钟" }, CELL_WORD, 0 },
	{ "now", { "now", "当前" }, CELL_TEXT, 0 },
	{ "high_water", { "high water", "最高时刻" }, CELL_TEXT, 0 },
	{ "hold.reason", { "hold", "暂停原因" }, CELL_SAID, 0 },
	{ "hold.since", { "held since", "暂停自" }, CELL_TEXT, 0 },
	{ "next_due_at", { "next due", "下次到期" }, CELL_MOMENT, 0 },
	{ .path = NULL },
};

const struct table table_clock = { "now", clock_columns, NULL };

int cmd_clock_advance(struct client *client, const struct invocation *invocation)
{
	bool by = invocation->n_args > 0;
	bool to = option_value(invocation, "--to") != NULL;
	struct buf target = BUF_EMPTY;
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	struct call_request request = { .method = "POST",
					.content_type = "application/json",
					.once = by, /* two times 30 days are 60 */
					.patient = true };
	int code;

	if (by == to) {
		say(by ? TEXT_NOT_BOTH : TEXT_ONE_OF_TWO, "DURATION", "--to");
		return CODE_USAGE;
	}
	command_target(&target, invocation);
	command_body(&body, invocation);
	request.target = buf_str(&target);
	request.body = buf_str(&body);
	request.body_len = body.len;
	code = ask(client, &request, &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	jr_free(doc);
	buf_clear(&target);
	buf_clear(&body);
	return code;
}
