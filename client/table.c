/*
 * The table: one row a command, one row an option. What stands here is what help, completion, the man page, usage
 * errors and requests say. The formatter is off: it would tear every row into a column of scraps.
 */
#include "commands.h"

/* clang-format off */

#define UNIT_STATES                                                                       \
	"applied|recommended|shortlisted|delivering|acceptance_requested|under_evaluation|" \
	"passed|not_passed|winner|pending_decision|withdrawn|terminated|revoked"
#define OBLIGATION_STATES "scheduled|open|submitted|returned|accepted|waived|cancelled"
#define DELIVERY_STATES   "due|sending|delivered|held|dead|cancelled|superseded"
#define FORMATS           "standard|wecom|dingtalk|feishu"

/* An option that goes into the query, into the body, or to the handler; a flag; the end of a table. */
#define QUERY(name, value, kind, wire, live, en, zh) \
	{ name, NULL, value, kind, PLACE_QUERY, wire, false, live, { en, zh } }
#define BODY(name, value, kind, wire, must, live, en, zh) \
	{ name, NULL, value, kind, PLACE_BODY, wire, must, live, { en, zh } }
#define HANDLER(name, brief, value, kind, must, live, en, zh) \
	{ name, brief, value, kind, PLACE_HANDLER, NULL, must, live, { en, zh } }
#define END { .name = NULL }

/* Options that several commands share. */
#define PROGRAMME   QUERY("--programme", "PROGRAMME", VALUE_TEXT, "programme", "programme", \
			  "only of this programme", "仅限该批次")
#define UNIT        QUERY("--unit", "UNIT", VALUE_TEXT, "unit", "unit", "only of this unit", "仅限该揭榜单位")
#define OBLIGATION  QUERY("--obligation", "OBLIGATION", VALUE_TEXT, "obligation", "obligation", \
			  "only of this obligation", "仅限该义务事项")
#define ENDPOINT    QUERY("--endpoint", "ENDPOINT", VALUE_TEXT, "endpoint", "endpoint", \
			  "only to this endpoint", "仅限该接收端")
#define STATE(all)  QUERY("--state", all, VALUE_CHOICE, "state", NULL, "only in this state", "仅限该状态")
#define DRY_RUN     QUERY("--dry-run", NULL, VALUE_FLAG, "dry_run", NULL, \
			  "check everything, keep nothing", "只检查，不保存")
#define COMMENT(must) BODY("--comment", "TEXT", VALUE_TEXT, "comment", must, NULL, \
			   "what the unit is told", "给揭榜单位的意见")

/* What an act that changes what was agreed stands on. */
#define APPROVED_BY(must) BODY("--approver", "NAME", VALUE_TEXT, "approver", must, NULL, "who decided it", "批准人")
#define DOC_NO(must) BODY("--doc-no", "NUMBER", VALUE_TEXT, "doc_no", must, NULL, \
			  "number of the document it stands on", "所依据的文号")
#define SINCE BODY("--effective-on", "DATE", VALUE_DATE, "effective_on", false, NULL, \
		   "since when (default: today)", "生效日期（默认为今天）")
#define MONTHS(must) BODY("--months", "N", VALUE_NUMBER, "months", must, NULL, \
			  "so many months later", "延后的月数")
#define ENDS_ON(must) BODY("--ends-on", "DATE", VALUE_DATE, "ends_on", must, NULL, \
			   "the window's last day", "攻关期的最后一天")

const struct option global_options[] = {
	[GLOBAL_SERVER] = HANDLER("--server", NULL, "SERVER", VALUE_TEXT, false, NULL,
		"unix:PATH, http://HOST:PORT or https://… (else JIEBANG_SERVER)",
		"unix:路径、http://主机:端口或 https://…（否则用 JIEBANG_SERVER）"),
	[GLOBAL_TOKEN_FILE] = HANDLER("--token-file", NULL, "FILE", VALUE_FILE, false, NULL,
		"file with the access token (else JIEBANG_TOKEN)", "令牌文件（否则用 JIEBANG_TOKEN）"),
	[GLOBAL_OUTPUT] = HANDLER("--output", "-o", "text|wide|json|jsonl|csv", VALUE_CHOICE, false, NULL,
		"form of the result", "结果格式"),
	[GLOBAL_QUIET] = HANDLER("--quiet", "-q", NULL, VALUE_FLAG, false, NULL,
		"ids only; of what is shown only once, the secret", "只输出编号；仅显示一次的密钥则输出密钥"),
	[GLOBAL_LANG] = HANDLER("--lang", NULL, "zh|en", VALUE_CHOICE, false, NULL,
		"language (else by the locale)", "语言（默认按区域设置）"),
	[GLOBAL_NO_HEADER] = HANDLER("--no-header", NULL, NULL, VALUE_FLAG, false, NULL,
		"no header line in tables and CSV", "表格和 CSV 不带表头"),
	[GLOBAL_COLOUR] = HANDLER("--color", NULL, "auto|always|never", VALUE_CHOICE, false, NULL,
		"colours (NO_COLOR counts in auto)", "颜色（auto 时遵从 NO_COLOR）"),
	[GLOBAL_LIMIT] = HANDLER("--limit", NULL, "N", VALUE_NUMBER, false, NULL,
		"at most N rows of a list (default: all)", "列表最多 N 行（默认全部）"),
	[GLOBAL_TIMEOUT] = HANDLER("--timeout", NULL, "DURATION", VALUE_SECONDS, false, NULL,
		"time allowed for one request (default 60s)", "单个请求的时限（默认 60s）"),
	[GLOBAL_KEY] = HANDLER("--idempotency-key", NULL, "KEY", VALUE_KEY, false, NULL,
		"repeat a write whose end is not known", "安全重试结果不明的写入"),
	[GLOBAL_WATCH] = HANDLER("--watch", "-w", "DURATION", VALUE_SECONDS, false, NULL,
		"show a read again and again, with this pause", "按此间隔反复显示（仅限读取）"),
	[GLOBAL_HELP] = HANDLER("--help", "-h", NULL, VALUE_FLAG, false, NULL, "help", "帮助"),
	[GLOBAL_VERSION] = HANDLER("--version", NULL, NULL, VALUE_FLAG, false, NULL,
		"print the version", "输出版本"),
	[GLOBAL_COUNT] = END,
};

static const struct option o_programme[] = { PROGRAMME, END };
static const struct option o_preview[] = {
	QUERY("--obligation", "OBLIGATION", VALUE_TEXT, "obligation", "obligation",
	      "of this obligation (default: examples)", "按该义务事项（默认用示例）"),
	QUERY("--unit", "UNIT", VALUE_TEXT, "unit", "unit", "of this unit", "按该揭榜单位"), END,
};
static const struct option o_dry_run[] = { DRY_RUN, END };
static const struct option o_weekly[] = {
	QUERY("--recommender", "NAME", VALUE_TEXT, "recommender", NULL, "only of this recommender's units", "仅限该推荐单位所荐的"),
	QUERY("--at", "INSTANT", VALUE_INSTANT, "at", NULL, "deadlines judged then (default: now)", "按该时刻判断期限（默认现在）"),
	END,
};
static const struct option o_accept[] = { COMMENT(false), END };
static const struct option o_return[] = { COMMENT(true), END };
#define APPROVER BODY("--approver", "NAME", VALUE_TEXT, "approver", false, NULL, \
		      "who approved it (default: you)", "批准人（默认为操作者）")
#define REASON(en, zh) BODY("--reason", "TEXT", VALUE_TEXT, "reason", true, NULL, en, zh)

#define UNTIL(must) BODY("--until", "DATE", VALUE_DATE, "until", must, NULL, "its last day", "截止到该日（含）")
#define NOTE BODY("--note", "TEXT", VALUE_TEXT, "note", false, NULL, "what others should know", "备注")

static const struct option o_acknowledge[] = { UNTIL(false), NOTE, DRY_RUN, END };
static const struct option o_snooze[] = { UNTIL(true), NOTE, DRY_RUN, END };
static const struct option o_silence[] = {
	BODY("--programme", "PROGRAMME", VALUE_TEXT, "programme", false, "programme", "of this programme", "该批次的"),
	BODY("--track", "TRACK", VALUE_TEXT, "track", false, NULL, "of this track", "该赛道的"),
	BODY("--task", "TASK", VALUE_TEXT, "task", false, "task", "of this task", "该任务的"),
	BODY("--unit", "UNIT", VALUE_TEXT, "unit", false, "unit", "of this unit", "该揭榜单位的"),
	BODY("--recommender", "NAME", VALUE_TEXT, "recommender", false, NULL, "of this recommender's units", "该推荐单位所荐的"),
	BODY("--recipient", "unit|recommender|office|reviewer", VALUE_CHOICE, "recipient", false, NULL,
	     "to this recipient", "发给该对象的"),
	BODY("--kind", "KIND", VALUE_TEXT, "kind", false, NULL, "of this kind of obligation", "该类义务事项的"),
	REASON("why nobody is reminded", "为何静默"), UNTIL(true),
	BODY("--author", "NAME", VALUE_TEXT, "author", false, NULL, "whose wish it is (default: you)", "提出人（默认为操作者）"),
	DRY_RUN, END,
};

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
static const struct option o_messages[] = { UNIT, OBLIGATION, ENDPOINT, STATE(DELIVERY_STATES), END };
static const struct option o_deliveries[] = { STATE(DELIVERY_STATES), ENDPOINT, UNIT, END };

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
	    "内容中的一个字段，优先于文件；可重复" } },
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

static const struct option o_schedule[] = {
	QUERY("--days", "N", VALUE_NUMBER, "days", NULL, "how far ahead (default 30)", "向前查看天数（默认 30）"),
	PROGRAMME, UNIT, END,
};

#define OWNER_EN "unit:ID, recommender:NAME or office"
#define OWNER_ZH "unit:编号、recommender:名称 或 office"

#define OPTION_MANY \
	{ "--option", NULL, "NAME=VALUE", VALUE_MANY, PLACE_HANDLER, NULL, false, NULL, \
	  { "one of its options (see jiebangctl(1)); may be repeated", "接收端选项之一（见手册页）；可重复" } }

#define SIGNATURE \
	BODY("--signature", "hmac|ed25519", VALUE_CHOICE, "signature", false, NULL, \
	     "a shared secret, or a key pair", "签名方式：共享密钥或密钥对")

static const struct option o_endpoint_add[] = {
	BODY("--owner", "OWNER", VALUE_TEXT, "owner", true, "owner", OWNER_EN, OWNER_ZH),
	BODY("--url", "URL", VALUE_TEXT, "url", true, NULL, "where messages are posted", "消息投递地址"),
	BODY("--format", FORMATS, VALUE_CHOICE, "format", false, NULL,
	     "what the receiver understands (default standard)", "接收端格式（默认 standard）"),
	HANDLER("--secret-file", NULL, "FILE", VALUE_FILE, false, NULL,
		"file with the signing secret (else one is made)", "签名密钥文件（否则自动生成）"),
	SIGNATURE, OPTION_MANY, END,
};

static const struct option o_endpoint_set[] = {
	BODY("--url", "URL", VALUE_TEXT, "url", false, NULL, "where messages are posted from now on", "新的消息投递地址"),
	OPTION_MANY, DRY_RUN, END,
};

static const struct option o_endpoint_rotate[] = {
	BODY("--overlap", "SECONDS", VALUE_TEXT, "overlap_s", false, NULL,
	     "how long the one before signs along (default a day; 0: not at all)",
	     "旧密钥继续签名的秒数（默认一天；0 表示此前的密钥立即失效）"),
	SIGNATURE, END,
};

static const struct option o_endpoints[] = {
	QUERY("--owner", "OWNER", VALUE_TEXT, "owner", "owner", OWNER_EN, OWNER_ZH), END,
};

static const struct option o_retry[] = {
	BODY("--state", "held|dead", VALUE_CHOICE, "state", false, NULL,
	     "all in this state, instead of ids", "该状态的全部，代替编号"),
	BODY("--endpoint", "ENDPOINT", VALUE_TEXT, "endpoint", false, "endpoint",
	     "only to this endpoint", "仅限该接收端"),
	BODY("--unit", "UNIT", VALUE_TEXT, "unit", false, "unit", "only about this unit", "仅限该揭榜单位"),
	BODY("--programme", "PROGRAMME", VALUE_TEXT, "programme", false, "programme",
	     "only about this programme", "仅限该批次"),
	BODY("--type", "TYPE", VALUE_TEXT, "type", false, NULL, "only of this type", "仅限该类事件"),
	BODY("--created-from", "INSTANT", VALUE_INSTANT, "created_from", false, NULL,
	     "only what was made then or later", "仅限该时刻及以后产生的"),
	BODY("--created-until", "INSTANT", VALUE_INSTANT, "created_until", false, NULL,
	     "only what was made before", "仅限该时刻以前产生的"),
	DRY_RUN, END,
};

static const struct option o_advance[] = {
	BODY("--to", "INSTANT", VALUE_INSTANT, "to", false, NULL,
	     "up to this instant, instead of by a duration", "推进到该时刻，代替时长"),
	BODY("--jump", NULL, VALUE_FLAG, "jump", false, NULL,
	     "skip what is due on the way, as an outage would", "跳过途中到期事项，如同停机"),
	END,
};

static const struct option o_tail[] = {
	HANDLER("--follow", "-f", NULL, VALUE_FLAG, false, NULL, "wait for more", "持续等待新事件"),
	HANDLER("--lines", "-n", "N", VALUE_NUMBER, false, NULL, "begin with the last N (default 10)",
		"从最近 N 条开始（默认 10）"),
	HANDLER("--from", NULL, "SEQ", VALUE_NUMBER, false, NULL, "begin with this one: 1 is the first",
		"从该序号开始：1 为最早"),
	HANDLER("--cursor", NULL, "CURSOR", VALUE_TEXT, false, NULL, "go on after this point", "从该位置之后继续"),
	QUERY("--type", "TYPE", VALUE_TEXT, "type", NULL,
	      "only this type, as obligation.overdue", "仅限该类型，如 obligation.overdue"),
	UNIT, END,
};

static const struct option o_token_add[] = {
	BODY("--role", "admin", VALUE_TEXT, "role", false, NULL, "what the token may do", "令牌的角色"),
	BODY("--expires-on", "DATE", VALUE_DATE, "expires_on", false, NULL, "last day it is valid", "最后有效日"),
	END,
};

/* An id of a noun; a file; a value that goes into query or body under a name; none. */
#define NO_ARG                     { .name = NULL }
#define ARG_ID(name, noun)         { name, VALUE_TEXT, NULL, noun, false, false }
#define ARG_FILE                   { "FILE", VALUE_FILE, NULL, NULL, false, false }
#define ARG_WIRE(name, wire, noun) { name, VALUE_TEXT, wire, noun, false, false }

const struct command commands[] = {
	{ "status", NULL, NO_ARG, NULL, "GET", "/v1/status", &table_status, cmd_status,
	  { "what stands where, on one screen", "一屏总览" }, NULL, false },

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

	{ "schedule", "next", NO_ARG, o_schedule, "GET", "/v1/schedule", &table_schedule, cmd_schedule_next,
	  { "what will be sent, to whom", "将向谁发送什么" }, "schedule next --days 30", false },
	{ "schedule", "explain", ARG_WIRE("UNIT", "unit", "unit"), NULL, "GET", "/v1/schedule/explain",
	  &table_explain, cmd_schedule_explain,
	  { "why each date is what it is", "每个日期的由来" }, NULL, false },
	{ "schedule", "export", NO_ARG, NULL, "GET", "/v1/schedule/export", NULL, cmd_schedule_export,
	  { "all obligations as CSV", "导出全部义务事项（CSV）" }, NULL, false },

	{ "endpoint", "add", NO_ARG, o_endpoint_add, "POST", "/v1/endpoints", &table_endpoint_added,
	  cmd_endpoint_add,
	  { "add a receiver of messages", "添加消息接收端" },
	  "endpoint add --owner unit:un_7 --url https://example.com/hook", false },
	{ "endpoint", "list", NO_ARG, o_endpoints, "GET", "/v1/endpoints", &table_endpoint, cmd_list,
	  { "receivers of messages", "消息接收端" }, NULL, false },
	{ "endpoint", "show", ARG_ID("ENDPOINT", "endpoint"), NULL, "GET", "/v1/endpoints/:id",
	  &table_endpoint, cmd_show,
	  { "one receiver", "一个接收端" }, NULL, false },
	{ "endpoint", "set", ARG_ID("ENDPOINT", "endpoint"), o_endpoint_set, "PATCH", "/v1/endpoints/:id",
	  &table_endpoint, cmd_endpoint_set,
	  { "another address, other options", "修改地址或选项" },
	  "endpoint set ep_7 --option concurrency=1 --option retry_s=60,600,3600", false },
	{ "endpoint", "rotate", ARG_ID("ENDPOINT", "endpoint"), o_endpoint_rotate, "POST", "/v1/endpoints/:id/rotate",
	  &table_endpoint_rotated, cmd_endpoint_rotate,
	  { "another signing secret; the one before signs along for a while", "更换签名密钥；旧密钥在一段时间内继续签名" },
	  "endpoint rotate ep_7 --overlap 86400", false },
	{ "endpoint", "delete", ARG_ID("ENDPOINT", "endpoint"), NULL, "DELETE", "/v1/endpoints/:id",
	  &table_endpoint_deleted, cmd_write,
	  { "delete it; what waits for it is cancelled", "删除；取消等待发往它的消息" }, NULL, false },
	{ "endpoint", "test", ARG_ID("ENDPOINT", "endpoint"), NULL, "POST", "/v1/endpoints/:id/test",
	  &table_message, cmd_write,
	  { "send a test message", "发送测试消息" }, NULL, false },
	{ "endpoint", "enable", ARG_ID("ENDPOINT", "endpoint"), NULL, "POST", "/v1/endpoints/:id/enable",
	  &table_endpoint, cmd_write,
	  { "send to it again; what was held goes out", "重新启用；发送已搁置的消息" }, NULL, false },
	{ "endpoint", "disable", ARG_ID("ENDPOINT", "endpoint"), NULL, "POST", "/v1/endpoints/:id/disable",
	  &table_endpoint, cmd_write,
	  { "hold its messages", "停用；搁置其消息" }, NULL, false },

	{ "silence", "add", NO_ARG, o_silence, "POST", "/v1/silences", &table_silence, cmd_write,
	  { "remind nobody of what matches, for a time", "在一段时间内不提醒所匹配的事项" },
	  "silence add --unit un_7 --until 2025-03-01 --reason \"the system is being moved\"", false },
	{ "silence", "list", NO_ARG, NULL, "GET", "/v1/silences", &table_silence, cmd_list,
	  { "silences, newest first", "静默，最新在前" }, NULL, false },
	{ "silence", "expire", ARG_ID("SILENCE", NULL), NULL, "POST", "/v1/silences/:id/expire", &table_silence, cmd_write,
	  { "end one now", "立即结束一项静默" }, NULL, false },

	{ "message", "list", NO_ARG, o_messages, "GET", "/v1/messages", &table_message, cmd_list,
	  { "messages", "消息" }, NULL, false },
	{ "message", "show", ARG_ID("MESSAGE", "message"), NULL, "GET", "/v1/messages/:id", &table_message, cmd_show,
	  { "one message", "一条消息" }, NULL, false },
	{ "message", "items", ARG_ID("MESSAGE", "message"), NULL, "GET", "/v1/messages/:id/items", &table_digest_item, cmd_list,
	  { "what a digest speaks of", "汇总消息的各项内容" }, NULL, false },

	{ "delivery", "list", NO_ARG, o_deliveries, "GET", "/v1/deliveries", &table_delivery, cmd_list,
	  { "deliveries and their state", "投递及其状态" }, "delivery list --state dead", false },
	{ "delivery", "show", ARG_ID("DELIVERY", "delivery"), NULL, "GET", "/v1/deliveries/:id",
	  &table_delivery, cmd_show,
	  { "one delivery with its body and attempts", "一次投递及其内容与尝试" }, NULL, false },
	{ "delivery", "retry", { "DELIVERY", VALUE_TEXT, NULL, "delivery", true, true }, o_retry, "POST",
	  "/v1/deliveries/retry", &table_retried, cmd_delivery_retry,
	  { "send again what is held or dead, with the same webhook-id",
	    "重发已搁置或已失败的投递（webhook-id 不变）" },
	  "delivery retry --state dead --endpoint ep_7 --dry-run", false },

	{ "clock", "show", NO_ARG, NULL, "GET", "/v1/clock", &table_clock, cmd_show,
	  { "the clock of the deadlines", "期限所依据的时钟" }, NULL, false },
	{ "clock", "advance", { "DURATION", VALUE_DURATION, "by", NULL, true, false }, o_advance, "POST",
	  "/v1/clock/advance", &table_clock, cmd_clock_advance,
	  { "move a simulated clock on, through everything due", "推进模拟时钟，依次处理到期事项" },
	  "clock advance 30d", false },
	{ "clock", "accept", NO_ARG, NULL, "POST", "/v1/clock/accept", &table_clock, cmd_write,
	  { "end a clock hold: the time is right", "确认时间正确，结束时钟暂停" }, NULL, false },
	{ "clock", "resume", NO_ARG, NULL, "POST", "/v1/clock/accept", &table_clock, cmd_write,
	  { "the same as accept", "同 accept" }, NULL, false },

	{ "event", "tail", NO_ARG, o_tail, "GET", "/v1/events", &table_event, cmd_event_tail,
	  { "what happened last, in its order", "最近发生的事件，由旧到新" },
	  "event tail --follow --type obligation.overdue -o jsonl", false },

	{ "calendar", "list", NO_ARG, NULL, "GET", "/v1/calendars", &table_calendar, cmd_list_whole,
	  { "years with an official working-day calendar", "已有官方工作日历的年份" }, NULL, false },
	{ "calendar", "check", NO_ARG, NULL, "GET", "/v1/calendars/check", &table_calendar_check, cmd_calendar_check,
	  { "whether a year is missing that dates wait for; exit 1 if so", "检查是否缺少期限所依据年份的日历；缺少时退出码为 1" },
	  NULL, false },
	{ "calendar", "import", ARG_FILE, o_dry_run, "POST", "/v1/calendars", &table_calendar_import,
	  cmd_calendar_import,
	  { "import holidays and make-up days (CSV: date,kind,name)", "导入节假日与调休（CSV：date,kind,name）" },
	  "calendar import cn-2027.csv --dry-run", false },

	{ "template", "list", NO_ARG, NULL, "GET", "/v1/templates", &table_template, cmd_list_whole,
	  { "the texts of messages, and what each may speak of", "消息的各段文字及其可用的变量" }, NULL, false },
	{ "template", "preview", ARG_ID("NAME", "template"), o_preview, "GET", "/v1/templates/:id/preview",
	  &table_template_preview, cmd_template_preview,
	  { "what one of them says, alone and in its message", "预览一段文字及其所在的消息" },
	  "template preview reminder.overdue --obligation ob_31 --lang zh", false },

	{ "audit", "list", NO_ARG, NULL, "GET", "/v1/audit", &table_audit, cmd_list,
	  { "who did what", "操作记录" }, NULL, false },
	{ "audit", "verify", NO_ARG, NULL, "GET", "/v1/audit/verify", &table_audit_verdict, cmd_audit_verify,
	  { "check the hash chain; exit 1 if it is broken", "校验哈希链；断裂时退出码为 1" }, NULL, false },

	{ "token", "add", ARG_WIRE("NAME", "name", NULL), o_token_add, "POST", "/v1/tokens",
	  &table_token_added, cmd_token_add,
	  { "make an access token", "创建访问令牌" }, "token add backup-script --expires-on 2026-12-31", false },
	{ "token", "list", NO_ARG, NULL, "GET", "/v1/tokens", &table_token, cmd_list,
	  { "access tokens", "访问令牌" }, NULL, false },
	{ "token", "revoke", ARG_ID("TOKEN", "token"), NULL, "POST", "/v1/tokens/:id/revoke", &table_token, cmd_write,
	  { "end a token", "吊销令牌" }, NULL, false },

	{ "completion", NULL, { "bash|zsh|mdoc", VALUE_CHOICE, NULL, NULL, false, false }, NULL, NULL, NULL, NULL,
	  cmd_completion,
	  { "print the completion script of a shell (mdoc: the man page's commands)",
	    "输出 shell 补全脚本（mdoc：手册页的命令列表）" },
	  "completion bash > /etc/bash_completion.d/jiebangctl", false },
	{ "help", NULL, { "NOUN [VERB]", VALUE_TEXT, NULL, NULL, true, true }, NULL, NULL, NULL, NULL, cmd_help,
	  { "explain a noun or a command", "说明命令" }, "help unit import", false },
	{ "version", NULL, NO_ARG, NULL, NULL, NULL, NULL, cmd_version,
	  { "print the version", "输出版本" }, NULL, false },
	{ "__complete", NULL, { "WORD", VALUE_FLAG, NULL, NULL, true, true }, NULL, NULL, NULL, NULL, cmd_complete,
	  { "what may stand next; for completion scripts", "供补全脚本使用" }, NULL, true },
	{ .noun = NULL },
};
