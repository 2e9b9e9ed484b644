/*
 * What the files of the command table share: the spelling of an option and of an argument, and the parts in their order.
 */
#ifndef CLIENT_TABLE_PARTS_H
#define CLIENT_TABLE_PARTS_H

#include "commands.h"

/* clang-format off */

/* An option that goes into the query, into the body, or to the handler; a flag; the end of a table. */
#define QUERY(name, value, kind, wire, live, en, zh) \
	{ name, NULL, value, kind, PLACE_QUERY, wire, false, live, { en, zh }, false }
#define BODY(name, value, kind, wire, must, live, en, zh) \
	{ name, NULL, value, kind, PLACE_BODY, wire, must, live, { en, zh }, false }
#define HANDLER(name, brief, value, kind, must, live, en, zh) \
	{ name, brief, value, kind, PLACE_HANDLER, NULL, must, live, { en, zh }, false }
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

#define APPROVER BODY("--approver", "NAME", VALUE_TEXT, "approver", false, NULL, \
		      "who approved it (default: you)", "批准人（默认为操作者）")
#define REASON(en, zh) BODY("--reason", "TEXT", VALUE_TEXT, "reason", true, NULL, en, zh)

#define UNTIL(must) BODY("--until", "DATE", VALUE_DATE, "until", must, NULL, "its last day", "截止到该日（含）")
#define NOTE BODY("--note", "TEXT", VALUE_TEXT, "note", false, NULL, "what others should know", "备注")

/* An id of a noun; a file; a value that goes into query or body under a name; none. */
#define NO_ARG                     { .name = NULL }
#define ARG_ID(name, noun)         { name, VALUE_TEXT, NULL, noun, false, false }
#define ARG_FILE                   { "FILE", VALUE_FILE, NULL, NULL, false, false }
#define ARG_WIRE(name, wire, noun) { name, VALUE_TEXT, wire, noun, false, false }

/* clang-format on */

/* Each ends with a row whose noun is NULL. Rows of one noun stand together. */
extern const struct command commands_unit[];
extern const struct command commands_obligation[];
extern const struct command commands_delivery[];
extern const struct command commands_daemon[];

#endif
