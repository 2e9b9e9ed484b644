/*
 * Programmes and their tasks.
 */
#include "commands.h"

static const struct column programme_columns[] = {
	{ "id", { "ID", "批次" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, COL_TRUNC },
	{ "units", { "UNITS", "揭榜单位" }, CELL_COUNT, COL_RIGHT },
	{ "published_on", { "PUBLISHED", "公布日期" }, CELL_DATE, 0 },
	{ "window_ends_on", { "WINDOW ENDS", "攻关期止" }, CELL_DATE, 0 },
	{ "doc_no", { "DOCUMENT", "文号" }, CELL_TEXT, COL_WIDE },
	{ "issuer", { "ISSUER", "发布机关" }, CELL_TEXT, COL_WIDE },
	{ "notice_on", { "NOTICE", "通知日期" }, CELL_DATE, COL_WIDE },
	{ "complete", { "COMPLETE", "规则完整" }, CELL_WORD, COL_WIDE },
	{ "caps.shortlist.limit", { "SHORTLIST CAP", "入围上限" }, CELL_COUNT, COL_ONCE },
	{ "caps.shortlist.level", { "COUNTED PER", "上限层级" }, CELL_TEXT, COL_ONCE },
	{ "caps.winner.limit", { "WINNER CAP", "优胜上限" }, CELL_COUNT, COL_ONCE },
	{ "note", { "NOTE", "说明" }, CELL_TEXT, COL_ONCE },
	{ .path = NULL },
};

static const struct section programme_sections[] = {
	{ "tracks", { "tracks", "赛道" }, NULL },   { "classes", { "classes", "名单类别" }, NULL },
	{ "plan", { "plan", "义务计划" }, NULL },   { "quotas", { "quotas", "推荐名额" }, NULL },
	{ "clauses", { "clauses", "条款" }, NULL }, { .path = NULL },
};

const struct table table_programme = { "id", programme_columns, programme_sections };

static const struct column publication_columns[] = {
	{ "programme", { "programme", "批次" }, CELL_TEXT, 0 },
	{ "published_on", { "published on", "公布日期" }, CELL_DATE, 0 },
	{ "window_ends_on", { "window ends on", "攻关期止" }, CELL_DATE, 0 },
	{ "units", { "units added", "新增揭榜单位" }, CELL_COUNT, COL_RIGHT },
	{ "obligations", { "obligations added", "新增义务事项" }, CELL_COUNT, COL_RIGHT },
	{ "provisional", { "provisional", "暂定日期" }, CELL_WORD, 0 },
	{ .path = NULL },
};

const struct table table_publication = { "programme", publication_columns, NULL };

static const struct column task_columns[] = {
	{ "id", { "ID", "任务" }, CELL_TEXT, 0 },
	{ "track", { "TRACK", "赛道" }, CELL_NAME, 0 },
	{ "category", { "CATEGORY", "类别" }, CELL_NAME, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, COL_TRUNC },
	{ "units", { "UNITS", "揭榜单位" }, CELL_COUNT, COL_RIGHT },
	{ "track.id", { "TRACK ID", "赛道编号" }, CELL_TEXT, COL_WIDE },
	{ "category.id", { "CATEGORY ID", "类别编号" }, CELL_TEXT, COL_WIDE },
	{ "cap", { "CAP", "上限" }, CELL_COUNT, COL_RIGHT },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_task = { "id", task_columns, NULL };
