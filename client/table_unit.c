/*
 * A programme, its tasks and units, what changes about them, and what is decided. table.c has what a row is.
 */
#include "table_parts.h"

/* clang-format off */

#define UNIT_STATES                                                                       \
	"applied|recommended|shortlisted|delivering|acceptance_requested|under_evaluation|" \
	"passed|not_passed|winner|pending_decision|withdrawn|terminated|revoked"

static const struct option o_programme[] = { PROGRAMME, END };
static const struct option o_publish[] = {
	BODY("--date", "DATE", VALUE_DATE, "date", true, NULL,
	     "publication date (发布日期), which starts the window", "名单公布（发布）日期，攻关期由此起算"),
	BODY("--note", "TEXT", VALUE_TEXT, "note", false, NULL, "a note for the audit", "写入审计的说明"),
	BODY("--anchor", "DATE", VALUE_DATE, "anchor", false, NULL,
	     "of units added since: their own windows begin on this later day", "后增单位的攻关期自该日（晚于公布日期）起算"),
	BODY("--correct", NULL, VALUE_FLAG, "correct", false, NULL,
	     "the date we were told is wrong: what is owed moves", "更正已登记的公布日期，未完成的期限随之调整"),
	BODY("--reason", "TEXT", VALUE_TEXT, "reason", false, NULL, "why it is corrected", "更正的理由"),
	DRY_RUN, END,
};
static const struct option o_shift[] = {
	MONTHS(true), REASON("why all windows move", "为何整体顺延"), APPROVED_BY(true), DOC_NO(true), DRY_RUN, END,
};
static const struct option o_unit_extend[] = {
	MONTHS(true), REASON("why the window is longer", "为何延期"), APPROVED_BY(true), DOC_NO(false), DRY_RUN, END,
};
static const struct option o_unit_window[] = {
	ENDS_ON(true), REASON("why it ends on another day", "为何调整攻关期"), APPROVED_BY(true), DOC_NO(false), DRY_RUN, END,
};
static const struct option o_unit_lead[] = {
	BODY("--name", "NAME", VALUE_TEXT, "lead", true, NULL, "who leads from now on", "变更后的牵头单位"),
	BODY("--how", "renamed|replaced", VALUE_CHOICE, "how", true, NULL,
	     "the same organisation under another name, or another one", "同一单位更名，或更换单位"),
	REASON("why", "变更理由"), APPROVED_BY(false), DOC_NO(false), SINCE, DRY_RUN, END,
};
static const struct option o_unit_partner[] = {
	BODY("--add", "NAME", VALUE_TEXT, "add", false, NULL, "who comes", "增加的联合参与单位"),
	BODY("--remove", "NAME", VALUE_TEXT, "remove", false, NULL, "who goes", "退出的联合参与单位"),
	REASON("why", "变更理由"), APPROVED_BY(false), DOC_NO(false), SINCE, DRY_RUN, END,
};
static const struct option o_unit_contact[] = {
	BODY("--name", "NAME", VALUE_TEXT, "name", false, NULL, "whom to call", "联系人"),
	BODY("--phone", "PHONE", VALUE_TEXT, "phone", false, NULL, "telephone", "电话"),
	BODY("--email", "EMAIL", VALUE_TEXT, "email", false, NULL, "e-mail address", "电子邮箱"),
	END,
};
static const struct option o_unit_content[] = {
	BODY("--project", "TITLE", VALUE_TEXT, "project", true, NULL, "the project's title from now on", "变更后的项目名称"),
	REASON("why", "变更理由"), APPROVED_BY(false), DOC_NO(false), SINCE, DRY_RUN, END,
};
static const struct option o_unit_leave[] = {
	REASON("why", "理由"), APPROVED_BY(false), DOC_NO(false), SINCE, DRY_RUN, END,
};
static const struct option o_unit_move[] = {
	BODY("--move", "request_acceptance|assign_evaluator|pass|fail|win", VALUE_CHOICE, "move", true, NULL,
	     "what happens to it", "执行的操作"),
	BODY("--reason", "TEXT", VALUE_TEXT, "reason", false, NULL,
	     "why a soft cap is passed; recorded", "超过软性上限的理由，将被记录"),
	APPROVED_BY(false), DOC_NO(false), SINCE, DRY_RUN, END,
};
static const struct option o_changes[] = { PROGRAMME, UNIT, END };
static const struct option o_decisions[] = { PROGRAMME, UNIT, STATE("open|closed"), END };
static const struct option o_resolve[] = {
	BODY("--as", "resume|terminate|revoke", VALUE_CHOICE, "as", true, NULL, "what is decided", "作出的决定"),
	REASON("why", "理由"), MONTHS(false), ENDS_ON(false), APPROVED_BY(false), DOC_NO(false), DRY_RUN, END,
};
static const struct option o_units[] = {
	PROGRAMME,
	QUERY("--task", "TASK", VALUE_TEXT, "task", "task", "only of this task", "仅限该任务"),
	STATE(UNIT_STATES),
	QUERY("--recommender", "NAME", VALUE_TEXT, "recommender", NULL, "only of this recommender", "仅限该推荐单位"),
	QUERY("--search", "TEXT", VALUE_TEXT, "q", NULL, "name or project contains TEXT", "名称或项目包含该文字"),
	QUERY("--unreachable", NULL, VALUE_FLAG, "unreachable", NULL,
	      "only those that owe something and have no enabled endpoint", "仅限有应交事项而无已启用接收端的"),
	QUERY("--sort", "id|risk", VALUE_CHOICE, "sort", NULL, "in this order; by risk: the highest first",
	      "排序；risk 为风险由高到低"),
	END,
};
static const struct option o_import[] = {
	HANDLER("--programme", NULL, "PROGRAMME", VALUE_TEXT, true, "programme",
		"the programme that the units belong to", "揭榜单位所属批次"),
	QUERY("--reason", "TEXT", VALUE_TEXT, "reason", NULL,
	      "why a soft cap is passed; recorded", "超过软性上限的理由，将被记录"),
	DRY_RUN, END,
};

const struct command commands_unit[] = {
	{ "programme", "list", NO_ARG, NULL, "GET", "/v1/programmes", &table_programme, cmd_list,
	  { "programmes that are loaded", "已加载的批次" }, NULL, false },
	{ "programme", "show", ARG_ID("PROGRAMME", "programme"), NULL, "GET", "/v1/programmes/:id",
	  &table_programme, cmd_show,
	  { "one programme with its rules", "一个批次及其规则" }, "programme show future-2023", false },
	{ "programme", "publish", ARG_ID("PROGRAMME", "programme"), o_publish, "POST",
	  "/v1/programmes/:id/publication", &table_publication, cmd_write,
	  { "publish the shortlist: windows begin, obligations are planned", "公布入围名单：攻关期开始，生成全部义务事项" },
	  "programme publish future-2023 --date 2024-09-02 --dry-run", false },

	{ "programme", "shift", ARG_ID("PROGRAMME", "programme"), o_shift, "POST",
	  "/v1/programmes/:id/shift", &table_shift, cmd_write,
	  { "shift all windows and what is owed, as one recorded operation", "整体顺延攻关期及未完成的期限，作为一次操作登记" },
	  "programme shift future-2023 --months 6 --reason 疫情 --approver 部长办公会 --doc-no 工信厅函〔2020〕6号 --dry-run", false },

	{ "task", "list", NO_ARG, o_programme, "GET", "/v1/tasks", &table_task, cmd_list,
	  { "tasks of the list (榜单)", "榜单任务" }, "task list --programme future-2023 -o jsonl", false },

	{ "unit", "list", NO_ARG, o_units, "GET", "/v1/units", &table_unit, cmd_list,
	  { "units", "揭榜单位" }, "unit list --programme future-2023 --state delivering", false },
	{ "unit", "show", ARG_ID("UNIT", "unit"), NULL, "GET", "/v1/units/:id", &table_unit, cmd_unit_show,
	  { "one unit on one screen: window, next action, obligations", "一屏查看揭榜单位：攻关期、下一步、义务事项" },
	  "unit show un_1042", false },
	{ "unit", "risk", ARG_ID("UNIT", "unit"), NULL, "GET", "/v1/units/:id/risk", &table_risk, cmd_show,
	  { "how much its delivery is in danger, every term shown", "交付风险及各项由来" }, "unit risk un_7", false },
	{ "unit", "notices", ARG_ID("UNIT", "unit"), NULL, "GET", "/v1/units/:id/notices", &table_notice,
	  cmd_unit_notices,
	  { "who was told what, when, with which result", "向谁、何时、发了什么、结果如何" }, NULL, false },
	{ "unit", "import", ARG_FILE, o_import, "POST", "/v1/programmes/:programme/units", &table_import,
	  cmd_unit_import,
	  { "import a shortlist (CSV, UTF-8 or GB18030): all or nothing",
	    "导入入围名单（CSV，UTF-8 或 GB18030）：全部成功或全不导入" },
	  "unit import --programme future-2023 shortlist.csv", false },
	{ "unit", "changes", ARG_ID("UNIT", "unit"), NULL, "GET", "/v1/units/:id/changes", &table_change, cmd_list,
	  { "what was changed about it, with old and new", "变更登记：变更前后" }, NULL, false },
	{ "unit", "extend", ARG_ID("UNIT", "unit"), o_unit_extend, "POST", "/v1/units/:id/changes", &table_unit,
	  cmd_unit_change,
	  { "a longer window, as far as the programme lets it; else with a document number",
	    "延期：按批次规则，或以文号登记" },
	  "unit extend un_1042 --months 6 --reason 设备到货延误 --approver 王司长 --doc-no 工信厅科函〔2025〕7号", false },
	{ "unit", "window", ARG_ID("UNIT", "unit"), o_unit_window, "POST", "/v1/units/:id/changes", &table_unit,
	  cmd_unit_change,
	  { "another last day of its window", "调整攻关期的最后一天" }, NULL, false },
	{ "unit", "lead", ARG_ID("UNIT", "unit"), o_unit_lead, "POST", "/v1/units/:id/changes", &table_unit,
	  cmd_unit_change,
	  { "its lead has another name, or is another one", "牵头单位更名或更换" },
	  "unit lead un_1042 --name 示例集团 --how renamed --reason 更名", false },
	{ "unit", "partner", ARG_ID("UNIT", "unit"), o_unit_partner, "POST", "/v1/units/:id/changes", &table_unit,
	  cmd_unit_change,
	  { "a partner comes, goes, or takes another's place", "联合参与单位增加、退出或更换" },
	  "unit partner un_1042 --remove 示例伙伴一 --add 示例伙伴三 --reason 更换", false },
	{ "unit", "contact", ARG_ID("UNIT", "unit"), o_unit_contact, "POST", "/v1/units/:id/changes", &table_unit,
	  cmd_unit_change,
	  { "whom to call", "变更联系方式" }, NULL, false },
	{ "unit", "content", ARG_ID("UNIT", "unit"), o_unit_content, "POST", "/v1/units/:id/changes", &table_unit,
	  cmd_unit_change,
	  { "another title of its project", "变更项目名称" }, NULL, false },
	{ "unit", "withdraw", ARG_ID("UNIT", "unit"), o_unit_leave, "POST", "/v1/units/:id/moves", &table_unit,
	  cmd_unit_change,
	  { "it withdraws (退出): its duties end", "退出：义务与提醒随之终止" },
	  "unit withdraw un_1042 --reason 经营困难", false },
	{ "unit", "terminate", ARG_ID("UNIT", "unit"), o_unit_leave, "POST", "/v1/units/:id/moves", &table_unit,
	  cmd_unit_change,
	  { "it is terminated (终止): its duties end", "终止：义务与提醒随之终止" }, NULL, false },
	{ "unit", "revoke", ARG_ID("UNIT", "unit"), o_unit_leave, "POST", "/v1/units/:id/moves", &table_unit,
	  cmd_unit_change,
	  { "it is revoked (撤销): its duties end", "撤销：义务与提醒随之终止" }, NULL, false },
	{ "unit", "move", ARG_ID("UNIT", "unit"), o_unit_move, "POST", "/v1/units/:id/moves", &table_unit, cmd_write,
	  { "from acceptance to evaluation, result and win", "验收、测评、结果与优胜" },
	  "unit move un_1042 --move assign_evaluator", false },

	{ "change", "list", NO_ARG, o_changes, "GET", "/v1/changes", &table_change, cmd_list,
	  { "the register of changes", "变更登记" }, "change list --programme future-2023", false },
	{ "decision", "list", NO_ARG, o_decisions, "GET", "/v1/decisions", &table_decision, cmd_list,
	  { "windows that ended without an acceptance request, and what was decided", "攻关期满未申请验收的单位及决定" },
	  "decision list --state open", false },
	{ "decision", "resolve", ARG_ID("UNIT", "unit"), o_resolve, "POST", "/v1/units/:id/decision", &table_unit, cmd_write,
	  { "decide about a unit whose window ended", "对攻关期满的单位作出决定" },
	  "decision resolve un_1042 --as resume --months 6 --reason 设备到货延误 --doc-no 工信厅科函〔2026〕7号", false },
	{ .noun = NULL },
};

/* clang-format on */
