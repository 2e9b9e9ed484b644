/*
 * Silences: what matches is not reminded of, for a time.
 */
#include "commands.h"

static const struct column silence_columns[] = {
	{ "id", { "ID", "静默" }, CELL_TEXT, 0 },
	{ "active", { "ACTIVE", "生效" }, CELL_TEXT, 0 },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, 0 },
	{ "track", { "TRACK", "赛道" }, CELL_TEXT, COL_WIDE },
	{ "task", { "TASK", "任务" }, CELL_TEXT, COL_WIDE },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "recommender", { "RECOMMENDER", "推荐单位" }, CELL_TEXT, COL_TRUNC },
	{ "recipient", { "TO", "发给" }, CELL_WORD, 0 },
	{ "kind", { "KIND", "类别" }, CELL_WORD, 0 },
	{ "expires_at", { "UNTIL", "截止" }, CELL_INSTANT, 0 },
	{ "reason", { "REASON", "原因" }, CELL_TEXT, COL_TRUNC },
	{ "author", { "BY", "提出人" }, CELL_TEXT, COL_TRUNC },
	{ "created_at", { "CREATED", "创建时间" }, CELL_INSTANT, COL_WIDE },
	{ "ended_by", { "ENDED BY", "结束者" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_silence = { "id", silence_columns, NULL };
