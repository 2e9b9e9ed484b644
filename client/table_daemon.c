/*
 * What is about the daemon: its clock, events, calendars, templates, audit and tokens; and help. table.c has what a row is.
 */
#include "table_parts.h"

/* clang-format off */

static const struct option o_preview[] = {
	QUERY("--obligation", "OBLIGATION", VALUE_TEXT, "obligation", "obligation",
	      "of this obligation (default: examples)", "按该义务事项（默认用示例）"),
	QUERY("--unit", "UNIT", VALUE_TEXT, "unit", "unit", "of this unit", "按该揭榜单位"), END,
};
static const struct option o_dry_run[] = { DRY_RUN, END };
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
	UNIT, PROGRAMME, END,
};
static const struct option o_token_add[] = {
	BODY("--role", "admin", VALUE_TEXT, "role", false, NULL, "what the token may do", "令牌的角色"),
	BODY("--expires-on", "DATE", VALUE_DATE, "expires_on", false, NULL, "last day it is valid", "最后有效日"),
	END,
};

const struct command commands_daemon[] = {
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

	{ "event", "types", { "TYPE", VALUE_TEXT, NULL, NULL, true, false }, NULL, "GET", "/v1/event-types/:id", &table_event_type,
	  cmd_event_types,
	  { "the types of messages; of one its JSON Schema and an example", "消息的类型；指定类型时给出其 JSON Schema 和示例" },
	  "event types obligation.overdue -o json", false },

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

/* clang-format on */
