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
	{ "caps.shortlist.level", { "COUNTED PER", "上限层级" }, CELL_WORD, COL_ONCE },
	{ "caps.winner.limit", { "WINNER CAP", "优胜上限" }, CELL_COUNT, COL_ONCE },
	{ "note", { "NOTE", "说明" }, CELL_TEXT, COL_ONCE },
	{ .path = NULL },
};

static const struct column track_columns[] = {
	{ "id", { "ID", "编号" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ .path = NULL },
};

static const struct column class_columns[] = {
	{ "id", { "ID", "编号" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "owes", { "OWES REPORTS", "须完成义务" }, CELL_WORD, 0 },
	{ .path = NULL },
};

static const struct column plan_columns[] = {
	{ "id", { "RULE", "规则" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "every_months", { "EVERY MONTHS", "每隔（月）" }, CELL_SET, COL_RIGHT },
	{ "times", { "TIMES", "次数" }, CELL_SET, COL_RIGHT },
	{ "at_months", { "AT MONTHS", "第几个月" }, CELL_LIST, 0 },
	{ "on_dates", { "ON", "固定日期" }, CELL_LIST, 0 },
	{ "every_year_on", { "YEARLY ON", "每年" }, CELL_LIST, 0 },
	{ "opens_before_days", { "OPENS DAYS BEFORE", "提前开放（天）" }, CELL_SET, COL_RIGHT },
	{ "opens_months", { "OPENS AT MONTH", "开放（月）" }, CELL_SET, COL_RIGHT },
	{ "roll", { "ON A DAY OFF", "遇节假日" }, CELL_WORD, 0 },
	{ "satisfied_by", { "DONE BY", "以何为完成" }, CELL_WORD, 0 },
	{ "clause", { "CLAUSE", "条款" }, CELL_WORD, 0 },
	{ .path = NULL },
};

static const struct column quota_columns[] = {
	{ "class", { "CLASS", "类别" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_TEXT, 0 },
	{ "limit", { "LIMIT PER TRACK", "每赛道名额" }, CELL_COUNT, COL_RIGHT },
	{ "hard", { "HARD", "硬性" }, CELL_WORD, 0 },
	{ "outside_province", { "OUTSIDE PROVINCE", "不占属地指标" }, CELL_WORD, 0 },
	{ "via", { "VIA", "报送" }, CELL_WORD, 0 },
	{ "rule", { "CLAUSE", "条款" }, CELL_WORD, 0 },
	{ .path = NULL },
};

static const struct column clause_columns[] = {
	{ "rule", { "CLAUSE", "条款" }, CELL_TEXT, 0 },
	{ "text", { "TEXT", "原文" }, CELL_TEXT, 0 },
	{ "source", { "SOURCE", "出处" }, CELL_WORD, 0 },
	{ .path = NULL },
};

static const struct table table_tracks = { NULL, track_columns, NULL };
static const struct table table_classes = { NULL, class_columns, NULL };
static const struct table table_plan = { NULL, plan_columns, NULL };
static const struct table table_quotas = { NULL, quota_columns, NULL };
static const struct table table_clauses = { NULL, clause_columns, NULL };

static const struct section programme_sections[] = {
	{ "tracks", { "tracks", "赛道" }, &table_tracks },
	{ "classes", { "classes", "名单类别" }, &table_classes },
	{ "plan", { "plan", "义务计划" }, &table_plan },
	{ "quotas", { "quotas", "推荐名额" }, &table_quotas },
	{ "clauses", { "clauses", "条款" }, &table_clauses },
	{ .path = NULL },
};

const struct table table_programme = { "id", programme_columns, programme_sections };

static const struct column publication_columns[] = {
	{ "programme", { "programme", "批次" }, CELL_TEXT, 0 },
	{ "published_on", { "published on", "公布日期" }, CELL_DATE, 0 },
	{ "window_ends_on", { "window ends on", "攻关期止" }, CELL_DATE, 0 },
	{ "units", { "units added", "新增揭榜单位" }, CELL_COUNT, COL_RIGHT },
	{ "obligations", { "obligations added", "新增义务事项" }, CELL_COUNT, COL_RIGHT },
	{ "moved_units", { "units moved", "调整的揭榜单位" }, CELL_COUNT, COL_RIGHT },
	{ "moved_obligations", { "obligations moved", "调整的义务事项" }, CELL_COUNT, COL_RIGHT },
	{ "dropped_obligations",
	  { "obligations dropped", "不再需要的义务事项" },
	  CELL_COUNT,
	  COL_RIGHT },
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

static const struct column shift_columns[] = {
	{ "programme", { "programme", "批次" }, CELL_TEXT, 0 },
	{ "months", { "months", "顺延月数" }, CELL_COUNT, COL_RIGHT },
	{ "window_ends_on", { "window ends on", "攻关期止" }, CELL_DATE, 0 },
	{ "units", { "units moved", "调整的揭榜单位" }, CELL_COUNT, COL_RIGHT },
	{ "obligations", { "obligations moved", "调整的义务事项" }, CELL_COUNT, COL_RIGHT },
	{ "change", { "recorded as", "登记编号" }, CELL_TEXT, 0 },
	{ .path = NULL },
};

const struct table table_shift = { "change", shift_columns, NULL };
