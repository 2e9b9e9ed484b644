/*
 * What is owed and filed: obligations, milestones, reports, materials, submissions. table.c has what a row is.
 */
#include "table_parts.h"

/* clang-format off */

#define OBLIGATION_STATES "scheduled|open|submitted|returned|accepted|waived|cancelled"

static const struct option o_weekly[] = {
	QUERY("--recommender", "NAME", VALUE_TEXT, "recommender", NULL, "only of this recommender's units", "仅限该推荐单位所荐的"),
	QUERY("--at", "INSTANT", VALUE_INSTANT, "at", NULL, "deadlines judged then (default: now)", "按该时刻判断期限（默认现在）"),
	END,
};
static const struct option o_accept[] = { COMMENT(false), END };
static const struct option o_return[] = { COMMENT(true), END };
static const struct option o_acknowledge[] = { UNTIL(false), NOTE, DRY_RUN, END };
static const struct option o_snooze[] = { UNTIL(true), NOTE, DRY_RUN, END };
static const struct option o_cancel[] = {
	REASON("why it is not owed any more", "为何不再需要"), APPROVER, END,
};
static const struct option o_waive[] = { REASON("why the unit is let off", "为何豁免"), APPROVER, END };
static const struct option o_release[] = { REASON("why it goes on", "为何恢复"), APPROVER, END };
static const struct option o_hold[] = {
	BODY("--until", "DATE", VALUE_DATE, "until", true, NULL, "last day of the hold", "暂停的最后一日"),
	REASON("why nobody is reminded", "为何暂停提醒"), APPROVER, END,
};
static const struct option o_extend[] = {
	BODY("--due", "DATE", VALUE_DATE, "due_on", true, NULL, "the new due date", "新的截止日"),
	REASON("why there is more time", "为何延期"), APPROVER, END,
};
static const struct option o_add[] = {
	HANDLER("--unit", NULL, "UNIT", VALUE_TEXT, true, "unit", "who owes it", "承担的揭榜单位"),
	BODY("--name", "TEXT", VALUE_TEXT, "name", true, NULL, "what is asked for", "名称"),
	BODY("--name-en", "TEXT", VALUE_TEXT, "name_en", false, NULL, "its English name", "英文名称"),
	BODY("--due", "DATE", VALUE_DATE, "due_on", true, NULL, "its last day; it never rolls", "截止日，不顺延"),
	BODY("--opens", "DATE", VALUE_DATE, "opens_on", false, NULL, "first day (default: today)", "开放日（默认今天）"),
	BODY("--kind", "ad_hoc|progress_report|midterm_review|material", VALUE_CHOICE, "kind", false, NULL,
	     "default ad_hoc", "默认 ad_hoc"),
	BODY("--like", "RULE", VALUE_TEXT, "like", false, NULL,
	     "reminded of, reviewed and returned as this rule of the programme says", "提醒、审核、退回同本批次的该规则"),
	END,
};
static const struct option o_milestone_set[] = {
	HANDLER("--file", NULL, "FILE.json", VALUE_FILE, true, NULL,
		"{\"milestones\":[{\"name\",\"weight\",\"planned_on\"}]}; - reads stdin",
		"{\"milestones\":[{\"name\",\"weight\",\"planned_on\"}]}；- 表示标准输入"),
	END,
};
static const struct option o_milestone_update[] = {
	HANDLER("--n", NULL, "N", VALUE_NUMBER, true, NULL, "which one", "第几个"),
	HANDLER("--percent", NULL, "N", VALUE_NUMBER, false, NULL, "how far it is", "完成百分比"),
	BODY("--planned", "DATE", VALUE_DATE, "planned_on", false, NULL, "another planned day", "新的计划日期"),
	BODY("--reached", "DATE", VALUE_DATE, "actual_on", false, NULL, "the day it was reached", "完成日期"),
	END,
};
static const struct option o_submissions[] = { OBLIGATION, UNIT, END };
static const struct option o_obligations[] = {
	UNIT, PROGRAMME, STATE(OBLIGATION_STATES),
	QUERY("--overdue", NULL, VALUE_FLAG, "overdue", NULL, "only overdue ones", "仅限逾期"),
	QUERY("--due-before", "DATE", VALUE_DATE, "due_before", NULL, "due before this day", "截止日早于该日"),
	END,
};
static const struct option o_report[] = {
	HANDLER("--obligation", NULL, "OBLIGATION", VALUE_TEXT, true, "obligation",
		"what is fulfilled by it", "所履行的义务事项"),
	HANDLER("--file", NULL, "FILE.json", VALUE_FILE, false, NULL,
		"the report's content, a JSON object; - reads stdin", "报告内容（JSON 对象）；- 表示标准输入"),
	{ "--field", NULL, "FIELD=VALUE", VALUE_MANY, PLACE_HANDLER, NULL, false, NULL,
	  { "one field of the content, over the file's; may be repeated",
	    "内容中的一个字段，优先于文件；可重复" }, false },
	BODY("--summary", "TEXT", VALUE_TEXT, "summary", false, NULL, "one sentence", "一句话摘要"),
	BODY("--receipt", "NUMBER", VALUE_TEXT, "receipt", false, NULL,
	     "receipt number (回执号) of the official system", "官方系统回执号"),
	BODY("--author", "NAME", VALUE_TEXT, "author", false, NULL, "who filed it", "提交人"),
	END,
};
static const struct option o_form[] = {
	HANDLER("--obligation", NULL, "OBLIGATION", VALUE_TEXT, true, "obligation",
		"what the report is for", "报告所属的义务事项"),
	HANDLER("--skeleton", NULL, NULL, VALUE_FLAG, false, NULL,
		"only the JSON to fill in, for --file", "只输出供 --file 填写的 JSON"),
	END,
};
static const struct option o_diff[] = {
	HANDLER("--from", NULL, "N", VALUE_NUMBER, false, NULL, "from this version on", "从该版本起"),
	HANDLER("--to", NULL, "N", VALUE_NUMBER, false, NULL, "up to this version", "到该版本止"),
	END,
};
static const struct option o_material_add[] = {
	HANDLER("--obligation", NULL, "OBLIGATION", VALUE_TEXT, true, "obligation",
		"what the file belongs to", "文件所属的义务事项"),
	HANDLER("--item", NULL, "ITEM", VALUE_TEXT, true, NULL, "item of its checklist", "材料清单中的项目"),
	HANDLER("--name", NULL, "NAME", VALUE_TEXT, false, NULL, "name of the file (default: FILE's)", "文件名（默认与 FILE 相同）"),
	HANDLER("--author", NULL, "NAME", VALUE_TEXT, false, NULL, "who hands it in", "提交人"),
	END,
};
static const struct option o_material_get[] = {
	HANDLER("--to", NULL, "FILE", VALUE_FILE, false, NULL,
		"where to (default: its own name, here); - is stdout", "保存位置（默认以原名保存到当前目录）；- 表示标准输出"),
	END,
};
static const struct option o_material_remove[] = {
	BODY("--reason", "TEXT", VALUE_TEXT, "reason", true, NULL, "why it is taken back; recorded", "撤回理由，将被记录"),
	END,
};
static const struct option o_checklist[] = {
	HANDLER("--obligation", NULL, "OBLIGATION", VALUE_TEXT, true, "obligation",
		"whose checklist", "所属的义务事项"),
	END,
};

const struct command commands_obligation[] = {
	{ "obligation", "list", NO_ARG, o_obligations, "GET", "/v1/obligations", &table_obligation, cmd_list,
	  { "obligations", "义务事项" }, "obligation list --overdue", false },
	{ "obligation", "show", ARG_ID("OBLIGATION", "obligation"), NULL, "GET", "/v1/obligations/:id",
	  &table_obligation, cmd_show,
	  { "one obligation with submissions and reminders", "一个义务事项及其提交与提醒" }, NULL, false },
	{ "obligation", "accept", ARG_ID("OBLIGATION", "obligation"), o_accept, "POST",
	  "/v1/obligations/:id/acceptance", &table_obligation, cmd_write,
	  { "accept what was submitted", "审核通过" }, NULL, false },
	{ "obligation", "return", ARG_ID("OBLIGATION", "obligation"), o_return, "POST",
	  "/v1/obligations/:id/return", &table_obligation, cmd_write,
	  { "return it for correction", "退回修改" },
	  "obligation return ob_98231 --comment \"indicator 3 is missing\"", false },

	{ "obligation", "ack", ARG_ID("OBLIGATION", "obligation"), o_acknowledge, "POST",
	  "/v1/obligations/:id/acknowledgement", &table_obligation, cmd_write,
	  { "the unit knows of it: its reminders rest, escalations go on", "揭榜单位已知悉：暂停提醒，催办照常" },
	  "obligation ack ob_98231 --note \"being written\"", false },
	{ "obligation", "snooze", ARG_ID("OBLIGATION", "obligation"), o_snooze, "POST",
	  "/v1/obligations/:id/snooze", &table_obligation, cmd_write,
	  { "remind the unit later; the deadline stays", "稍后再提醒；截止日期不变" },
	  "obligation snooze ob_98231 --until 2025-02-20", false },
	{ "obligation", "cancel", ARG_ID("OBLIGATION", "obligation"), o_cancel, "POST",
	  "/v1/obligations/:id/cancellation", &table_obligation, cmd_write,
	  { "it is not owed any more: its reminders stop", "取消义务事项，停止提醒" },
	  "obligation cancel ob_98231 --reason \"the office asked twice\"", false },
	{ "obligation", "waive", ARG_ID("OBLIGATION", "obligation"), o_waive, "POST",
	  "/v1/obligations/:id/waiver", &table_obligation, cmd_write,
	  { "let the unit off", "豁免义务事项" }, NULL, false },
	{ "obligation", "hold", ARG_ID("OBLIGATION", "obligation"), o_hold, "POST",
	  "/v1/obligations/:id/hold", &table_obligation, cmd_write,
	  { "remind nobody of it until a day; its deadline stays", "暂停提醒至某日，截止日不变" },
	  "obligation hold ob_98231 --until 2025-03-31 --reason \"court proceedings\" --approver 王处长", false },
	{ "obligation", "release", ARG_ID("OBLIGATION", "obligation"), o_release, "POST",
	  "/v1/obligations/:id/release", &table_obligation, cmd_write,
	  { "end a hold: what was missed comes as one message", "解除暂停，错过的提醒合并为一条" }, NULL, false },
	{ "obligation", "extend", ARG_ID("OBLIGATION", "obligation"), o_extend, "POST",
	  "/v1/obligations/:id/extension", &table_obligation, cmd_write,
	  { "give it a later due date", "延长截止日" },
	  "obligation extend ob_98231 --due 2025-04-30 --reason 原料断供 --approver 王处长", false },

	{ "obligation", "add", NO_ARG, o_add, "POST", "/v1/units/:unit/obligations", &table_obligation, cmd_write,
	  { "ask one unit for something by a day", "向一个揭榜单位追加义务事项" },
	  "obligation add --unit un_1042 --name 中期现场检查材料 --due 2025-06-30", false },

	{ "milestone", "list", ARG_ID("UNIT", "unit"), NULL, "GET", "/v1/units/:id/milestones", &table_milestones,
	  cmd_show,
	  { "a unit's own milestones, weighed against the time gone", "揭榜单位自定的里程碑：加权进度与已过时间" }, NULL, false },
	{ "milestone", "set", ARG_ID("UNIT", "unit"), o_milestone_set, "POST", "/v1/units/:id/milestones",
	  &table_milestones, cmd_milestone_set,
	  { "set all of them: the weights come to 100", "设定全部里程碑，权重合计须为 100" },
	  "milestone set un_1042 --file plan.json", false },
	{ "milestone", "update", ARG_ID("UNIT", "unit"), o_milestone_update, "POST",
	  "/v1/units/:id/milestones/progress", &table_milestones, cmd_milestone_update,
	  { "move one, or say how far it is", "调整一个里程碑的计划日期或进度" },
	  "milestone update un_1042 --n 2 --percent 60", false },

	{ "report", "submit", NO_ARG, o_report, "POST", "/v1/obligations/:obligation/submissions",
	  &table_submission, cmd_report_submit,
	  { "file a report or request", "提交报告或申请" },
	  "report submit --obligation ob_98231 --file report.json --receipt R-2025-0031", false },
	{ "report", "form", NO_ARG, o_form, "GET", "/v1/obligations/:obligation/form", &table_form, cmd_report_form,
	  { "what a report must hold, and a JSON skeleton to fill in", "报告的填写要求及 JSON 模板" },
	  "report form --obligation ob_98231 --skeleton > report.json", false },
	{ "report", "list", NO_ARG, o_submissions, "GET", "/v1/submissions", &table_submission, cmd_list,
	  { "versions that were filed, with authors and receipts", "已提交的各版本及其提交人、回执号" },
	  "report list --obligation ob_98231", false },
	{ "report", "show", ARG_ID("SUBMISSION", "submission"), NULL, "GET", "/v1/submissions/:id",
	  &table_submission, cmd_show,
	  { "one version with its content", "一个版本及其内容" }, "report show sb_12", false },
	{ "report", "diff", ARG_ID("OBLIGATION", "obligation"), o_diff, "GET", "/v1/obligations/:id",
	  &table_diff, cmd_report_diff,
	  { "what changed between versions", "各版本之间的变化" }, "report diff ob_98231 --from 1 --to 3", false },

	{ "report", "weekly", { "PROGRAMME", VALUE_TEXT, "programme", "programme", true, false }, o_weekly, "GET", "/v1/reports/weekly",
	  &table_weekly, cmd_report_weekly,
	  { "the weekly report: counts, who is late and whose turn it is", "周报：各项数量、谁逾期、待谁处理" },
	  "report weekly future-2023", false },

	{ "material", "add", ARG_FILE, o_material_add, "POST", "/v1/obligations/:obligation/materials", &table_material,
	  cmd_material_add,
	  { "hand in a file; goes on where an earlier try stopped", "提交文件；可从上次中断处继续" },
	  "material add --obligation ob_98231 --item request request.pdf", false },
	{ "material", "list", NO_ARG, o_submissions, "GET", "/v1/materials", &table_material, cmd_list,
	  { "files handed in", "已提交的文件" }, "material list --obligation ob_98231", false },
	{ "material", "show", ARG_ID("MATERIAL", "material"), NULL, "GET", "/v1/materials/:id", &table_material, cmd_show,
	  { "one file's row", "一个文件的记录" }, NULL, false },
	{ "material", "get", ARG_ID("MATERIAL", "material"), o_material_get, "GET", "/v1/materials/:id/content",
	  &table_material, cmd_material_get,
	  { "download a file, checked by its SHA-256", "下载文件，并以 SHA-256 校验" }, "material get ma_7 --to request.pdf", false },
	{ "material", "remove", ARG_ID("MATERIAL", "material"), o_material_remove, "POST", "/v1/materials/:id/removal",
	  &table_material, cmd_write,
	  { "take a file back: the row stays, with the reason", "撤回文件：记录保留并注明理由" },
	  "material remove ma_7 --reason \"superseded\"", false },
	{ "material", "checklist", NO_ARG, o_checklist, "GET", "/v1/obligations/:obligation/checklist", &table_checklist,
	  cmd_show,
	  { "which files must be there, and which miss", "材料清单及缺项" }, "material checklist --obligation ob_98231", false },
	{ "material", "verify", NO_ARG, NULL, "GET", "/v1/materials/verify", &table_files, cmd_material_verify,
	  { "hash every file again; exit 1 if one is damaged", "重新校验全部文件；有损坏时退出码为 1" }, NULL, false },

	{ "submission", "list", NO_ARG, o_submissions, "GET", "/v1/submissions", &table_submission, cmd_list,
	  { "what was submitted", "已提交内容" }, NULL, false },
	{ "submission", "show", ARG_ID("SUBMISSION", "submission"), NULL, "GET", "/v1/submissions/:id",
	  &table_submission, cmd_show,
	  { "one submission", "一次提交" }, NULL, false },
	{ .noun = NULL },
};

/* clang-format on */
