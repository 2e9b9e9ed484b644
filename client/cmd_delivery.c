/*
 * Messages, and their deliveries with every attempt.
 */
#include "commands.h"

#include <string.h>

#include "out.h"

static const struct column message_columns[] = {
	{ "id", { "ID", "消息" }, CELL_TEXT, 0 },
	{ "type", { "TYPE", "事件" }, CELL_WORD, COL_TRUNC },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "step", { "STEP", "步骤" }, CELL_STEP, 0 },
	{ "endpoint", { "ENDPOINT", "接收端" }, CELL_TEXT, 0 },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "attempts", { "TRIES", "尝试" }, CELL_COUNT, COL_RIGHT },
	{ "created_at", { "CREATED", "创建时间" }, CELL_INSTANT, COL_WIDE },
	{ "nominal_at", { "NOMINAL", "应发时间" }, CELL_INSTANT, COL_WIDE },
	{ "steps", { "STEPS", "包含步骤" }, CELL_LIST, COL_WIDE },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_message = { "id", message_columns, NULL };

static const struct column item_columns[] = {
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_TRUNC },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "due_on", { "DUE", "截止" }, CELL_DATE, 0 },
	{ "type", { "TYPE", "事件" }, CELL_TEXT, COL_WIDE },
	{ "step", { "STEP", "步骤" }, CELL_STEP, 0 },
	{ "told", { "TOLD", "已告知" }, CELL_TEXT, 0 },
	{ "reason", { "WHY NOT", "未告知缘由" }, CELL_REASON, COL_TRUNC },
	{ "project", { "PROJECT", "项目" }, CELL_TEXT, COL_WIDE | COL_TRUNC },
	{ "nominal_at", { "NOMINAL", "应发时间" }, CELL_INSTANT, COL_WIDE },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_digest_item = { "unit", item_columns, NULL };

static const struct column attempt_columns[] = {
	{ "n", { "N", "次" }, CELL_COUNT, COL_RIGHT },
	{ "started_at", { "STARTED", "开始" }, CELL_INSTANT, 0 },
	{ "elapsed_ms", { "MS", "毫秒" }, CELL_COUNT, COL_RIGHT },
	{ "outcome", { "OUTCOME", "结果" }, CELL_WORD, 0 },
	{ "status", { "STATUS", "状态码" }, CELL_COUNT, COL_RIGHT },
	{ "reason", { "REASON", "原因" }, CELL_REASON, COL_TRUNC },
	{ "excerpt", { "EXCERPT", "应答摘录" }, CELL_TEXT, COL_TRUNC },
	{ .path = NULL },
};

static const struct table table_attempt = { NULL, attempt_columns, NULL };

static const struct section delivery_sections[] = {
	{ "attempt_list", { "attempts", "尝试" }, &table_attempt },
	{ .path = NULL },
};

static const struct column delivery_columns[] = {
	{ "id", { "ID", "投递" }, CELL_TEXT, 0 },
	{ "type", { "TYPE", "事件" }, CELL_WORD, COL_TRUNC },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "step", { "STEP", "步骤" }, CELL_STEP, 0 },
	{ "endpoint", { "ENDPOINT", "接收端" }, CELL_TEXT, 0 },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, COL_WIDE },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "attempts", { "TRIES", "尝试" }, CELL_COUNT, COL_RIGHT },
	{ "last_status", { "STATUS", "状态码" }, CELL_COUNT, COL_RIGHT | COL_WIDE },
	{ "last_reason", { "LAST", "末次原因" }, CELL_REASON, COL_TRUNC },
	{ "reason", { "REASON", "原因" }, CELL_REASON, COL_TRUNC },
	{ "ready_at", { "READY", "可发时间" }, CELL_INSTANT, COL_WIDE },
	{ "created_at", { "CREATED", "创建时间" }, CELL_INSTANT, COL_WIDE },
	{ "delivered_at", { "DELIVERED", "送达时间" }, CELL_INSTANT, COL_WIDE },
	{ "body", { "BODY", "内容" }, CELL_TEXT, COL_ONCE },
	{ .path = NULL },
};

const struct table table_delivery = { "id", delivery_columns, delivery_sections };

static const struct column retried_columns[] = {
	{ "retried", { "retried", "重发" }, CELL_COUNT, COL_RIGHT },
	{ .path = NULL },
};

const struct table table_retried = { NULL, retried_columns, NULL };

static int retry_one(struct client *client, struct sheet *sheet, const char *id)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	buf_adds(&target, "/v1/deliveries/");
	call_encode(&target, id);
	buf_adds(&target, "/retry");
	code = ask_post(client, buf_str(&target), NULL, &doc);
	if (code == CODE_OK && doc != NULL)
		sheet_row(sheet, jr_root(doc));
	jr_free(doc);
	buf_clear(&target);
	return code;
}

/* Each id stands for itself: one that is refused doesn't keep the others. The first failure is the exit code. */
static int retry_ids(struct client *client, const struct invocation *invocation)
{
	struct sheet sheet;
	int first = CODE_OK;

	sheet_init(&sheet, client->writer, &table_delivery, client->header);
	sheet_begin(&sheet);
	for (size_t i = 0; i < invocation->n_args && first != CODE_UNREACHABLE; i++) {
		int code = retry_one(client, &sheet, invocation->args[i]);

		if (first == CODE_OK || code == CODE_UNREACHABLE)
			first = code;
	}
	sheet_page(&sheet);
	if (sheet.rows > 0 || first == CODE_OK)
		sheet_end(&sheet);
	return first;
}

int cmd_delivery_retry(struct client *client, const struct invocation *invocation)
{
	static const char *const bulk_only[] = { "--state",         "--endpoint", "--unit",
						 "--programme",     "--type",     "--created-from",
						 "--created-until", "--dry-run" };

	if (invocation->n_args == 0 && option_value(invocation, "--state") == NULL) {
		say(TEXT_ONE_OF_TWO, "DELIVERY…", "--state");
		return CODE_USAGE;
	}
	for (size_t i = 0; invocation->n_args > 0 && i < sizeof(bulk_only) / sizeof(bulk_only[0]);
	     i++)
		if (option_value(invocation, bulk_only[i]) != NULL) {
			say(TEXT_NOT_BOTH, "DELIVERY…", bulk_only[i]);
			return CODE_USAGE;
		}
	return invocation->n_args > 0 ? retry_ids(client, invocation)
				      : cmd_write(client, invocation);
}
