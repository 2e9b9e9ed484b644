/*
 * What messages say, member by member. A receiver may rely on what is not optional; members may come to be added, so it
 * should pass over those that it does not know. The tests do not: what a payload has stands here.
 */
#include "domain/event_parts.h"

#include <stddef.h>

/* clang-format off */

#define END                        { NULL, MEMBER_ANY, 0, NULL, NULL, NULL }
#define TEXT(name, flags, example) { name, MEMBER_TEXT, flags, NULL, NULL, example }
#define WORD(name, flags, words, example) { name, MEMBER_WORD, flags, NULL, words, example }
#define NAMES(name, example)       { name, MEMBER_NAMES, 0, NULL, NULL, example }
#define ID(name, flags, example)   { name, MEMBER_ID, flags, NULL, NULL, example }
#define DATE(name, flags, example) { name, MEMBER_DATE, flags, NULL, NULL, example }
#define INSTANT(name, example)     { name, MEMBER_INSTANT, 0, NULL, NULL, example }
#define COUNT(name, flags, example) { name, MEMBER_INTEGER, flags, NULL, NULL, example }
#define FLAG(name, flags, example) { name, MEMBER_FLAG, flags, NULL, NULL, example }
#define OBJECT(name, flags, of)    { name, MEMBER_OBJECT, flags, of, NULL, NULL }
#define ANY(name, flags, example)  { name, MEMBER_ANY, flags, NULL, NULL, example }
#define LIST(name, flags, of)      { name, MEMBER_LIST, flags, of, NULL, NULL }
#define TEXTS(name, flags, example) { name, MEMBER_LIST, flags, NULL, NULL, example }

/* ---- who and what it is about ---- */

static const struct event_member programme[] = {
	TEXT("id", 0, "\"future-2023\""),
	NAMES("name", "{\"zh\":\"2023年未来产业创新任务揭榜挂帅\",\"en\":\"Future industries open call 2023\"}"),
	END
};
static const struct event_member unit[] = {
	ID("id", 0, "\"un_7\""), TEXT("lead", 0, "\"示例单位007\""), TEXT("project", 0, "\"示例项目007\""),
	TEXT("task", 0, "\"yrjqr-01\""), TEXT("task_name", 0, "\"示例任务\""), TEXT("recommender", 0, "\"示例厅\""), END
};
#define DUE(late)                                                                                                  \
	ID("id", 0, "\"ob_31\""), TEXT("kind", 0, "\"progress_report\""), TEXT("rule", 0, "\"half-year-report\""),  \
	NAMES("name", "{\"zh\":\"半年进展报告\",\"en\":\"half-yearly progress report\"}"), COUNT("n", 0, "1"),       \
	DATE("due_on", 0, "\"2025-03-03\""), INSTANT("due_at", "\"2025-03-04T00:00:00+08:00\""),                    \
	FLAG("provisional", 0, "false"), COUNT("revision", 0, "1"), FLAG("overdue", 0, late)
static const struct event_member obligation[] = { DUE("false"), DATE("review_due_on", MEMBER_OPTIONAL, "\"2025-03-17\""), END };
static const struct event_member overdue[] = { DUE("true"), DATE("review_due_on", MEMBER_OPTIONAL, "\"2025-03-17\""), END };
static const struct event_member reviewed[] = { DUE("false"), DATE("review_due_on", 0, "\"2025-03-17\""), END };

#define PARTIES    OBJECT("programme", 0, programme), OBJECT("unit", 0, unit)
#define TO_READ    NAMES("text", "{\"zh\":\"【未来产业】示例单位007：……\",\"en\":\"[Future industries] 示例单位007: …\"}")
#define SEE                                                                                                        \
	TEXT("path", 0, "\"/v1/messages/msg_abcdefghijklmnopqrstuvwxyz/items\""),                                   \
	TEXT("command", 0, "\"jiebangctl message items msg_abcdefghijklmnopqrstuvwxyz\"")
static const struct event_member see[] = { SEE, END };

/* ---- reminders ---- */

/* All four say the same, and each example what is so at its own time. */
#define STEP(step, steps, at, left)                                                                                \
	TEXT("step", 0, step), TEXTS("steps", 0, steps), INSTANT("nominal_at", at), COUNT("days_left", 0, left), TO_READ
const struct event_member event_data_due_soon[] = {
	PARTIES, OBJECT("obligation", 0, obligation),
	STEP("\"before-7\"", "[\"before-15\",\"before-7\"]", "\"2025-02-24T09:05:00+08:00\"", "7"), END
};
const struct event_member event_data_overdue[] = {
	PARTIES, OBJECT("obligation", 0, overdue),
	STEP("\"after-1\"", "[\"after-1\"]", "\"2025-03-04T09:05:00+08:00\"", "-1"), END
};
const struct event_member event_data_review_due_soon[] = {
	PARTIES, OBJECT("obligation", 0, reviewed),
	STEP("\"review-before-3\"", "[\"review-before-3\"]", "\"2025-03-14T09:05:00+08:00\"", "3"), END
};
const struct event_member event_data_review_overdue[] = {
	PARTIES, OBJECT("obligation", 0, reviewed),
	STEP("\"review-after-1\"", "[\"review-after-1\"]", "\"2025-03-18T09:05:00+08:00\"", "-1"), END
};

/* ---- several at once ---- */

static const struct event_member counts[] = {
	COUNT("items", 0, "2"), COUNT("units", 0, "2"), COUNT("overdue", 0, "1"), COUNT("due_soon", 0, "1"), COUNT("notices", 0, "0"), END
};
static const struct event_member items[] = {
	TEXT("type", 0, "\"obligation.overdue\""), TEXT("programme", 0, "\"future-2023\""),
	ID("unit", MEMBER_OPTIONAL, "\"un_7\""), TEXT("lead", MEMBER_OPTIONAL, "\"示例单位007\""),
	TEXT("project", MEMBER_OPTIONAL, "\"示例项目007\""), ID("obligation", MEMBER_OPTIONAL, "\"ob_31\""),
	TEXT("kind", MEMBER_OPTIONAL, "\"progress_report\""),
	{ "name", MEMBER_NAMES, MEMBER_OPTIONAL, NULL, NULL, "{\"zh\":\"半年进展报告\",\"en\":\"half-yearly progress report\"}" },
	COUNT("n", MEMBER_OPTIONAL, "1"), DATE("due_on", MEMBER_OPTIONAL, "\"2025-03-03\""),
	DATE("review_due_on", MEMBER_OPTIONAL, "\"2025-03-17\""), COUNT("days_left", MEMBER_OPTIONAL, "-15"),
	COUNT("revision", MEMBER_OPTIONAL, "1"), INSTANT("nominal_at", "\"2025-03-18T09:00:00+08:00\""),
	TEXT("step", MEMBER_OPTIONAL, "\"office+7w\""), TEXTS("steps", MEMBER_OPTIONAL, "[\"office+7w\"]"),
	ANY("detail", MEMBER_OPTIONAL, "{}"), END
};
const struct event_member event_data_digest[] = {
	INSTANT("slot_at", "\"2025-03-18T09:00:00+08:00\""), OBJECT("counts", 0, counts), LIST("items", 0, items),
	COUNT("more", 0, "1"), OBJECT("see", 0, see), TO_READ, END
};

static const struct event_member week[] = { DATE("from_on", 0, "\"2025-03-17\""), DATE("to_on", 0, "\"2025-03-23\""), END };
static const struct event_member week_units[] = {
	COUNT("total", 0, "260"), COUNT("left", 0, "258"), COUNT("applied", 0, "0"), COUNT("recommended", 0, "0"),
	COUNT("shortlisted", 0, "0"), COUNT("delivering", 0, "258"), COUNT("acceptance_requested", 0, "0"),
	COUNT("under_evaluation", 0, "0"), COUNT("passed", 0, "1"), COUNT("not_passed", 0, "0"), COUNT("winner", 0, "0"),
	COUNT("pending_decision", 0, "0"), COUNT("withdrawn", 0, "1"), COUNT("terminated", 0, "0"), COUNT("revoked", 0, "0"), END
};
static const struct event_member week_obligations[] = {
	COUNT("overdue", 0, "2"), COUNT("overdue_units", 0, "2"), COUNT("due_this_week", 0, "4"), COUNT("due_next_week", 0, "5"), END
};
static const struct event_member week_review[] = { COUNT("recommender", 0, "6"), COUNT("office", 0, "7"), COUNT("overdue", 0, "1"), END };
static const struct event_member week_decisions[] = { COUNT("open", 0, "1"), END };
static const struct event_member past_week[] = { COUNT("filed", 0, "9"), COUNT("accepted", 0, "6"), COUNT("returned", 0, "2"), END };
static const struct event_member week_deliveries[] = {
	COUNT("endpoints_disabled", 0, "1"), COUNT("endpoints_failing", 0, "2"), COUNT("dead", 0, "3"), END
};
static const struct event_member late[] = {
	ID("unit", 0, "\"un_7\""), TEXT("lead", 0, "\"示例单位007\""), TEXT("project", 0, "\"示例项目007\""),
	ID("obligation", 0, "\"ob_31\""), TEXT("rule", 0, "\"half-year-report\""),
	NAMES("name", "{\"zh\":\"半年进展报告\",\"en\":\"half-yearly progress report\"}"), COUNT("n", 0, "1"),
	DATE("due_on", 0, "\"2025-03-03\""), COUNT("days_late", 0, "15"), WORD("turn", 0, "unit|recommender|office", "\"unit\""), END
};
const struct event_member event_data_weekly[] = {
	OBJECT("programme", 0, programme), TEXT("recommender", MEMBER_NULLABLE, "null"), INSTANT("as_of", "\"2025-03-17T09:00:00+08:00\""),
	OBJECT("week", 0, week), COUNT("missed", 0, "0"), OBJECT("units", 0, week_units), OBJECT("obligations", 0, week_obligations),
	OBJECT("review", 0, week_review), OBJECT("decisions", 0, week_decisions), OBJECT("past_week", 0, past_week),
	OBJECT("deliveries", 0, week_deliveries), LIST("late", 0, late), COUNT("limit", 0, "20"), COUNT("more", 0, "1"),
	OBJECT("see", 0, see), TO_READ, END
};

/* ---- what happened ---- */

static const struct event_member returned[] = {
	TEXT("comment", 0, "\"请补充测试报告\""), DATE("correct_by_on", MEMBER_OPTIONAL, "\"2025-03-24\""), END
};
const struct event_member event_data_returned[] = {
	PARTIES, OBJECT("obligation", 0, obligation), OBJECT("detail", 0, returned), TO_READ, END
};

static const struct event_member moved[] = {
	ID("id", 0, "\"ob_31\""), DATE("old_due_on", MEMBER_NULLABLE, "\"2025-03-03\""), DATE("due_on", MEMBER_NULLABLE, "\"2025-06-03\""),
	FLAG("provisional", 0, "false"), END
};
static const struct event_member moved_units[] = {
	ID("id", 0, "\"un_7\""), TEXT("lead", 0, "\"示例单位007\""), COUNT("obligations", 0, "2"), END
};
/* One date, by a ruling; a unit's dates; or, to those above, how many of whose. */
static const struct event_member rescheduled[] = {
	TEXT("cause", 0, "\"shift\""), TEXT("change", MEMBER_OPTIONAL | MEMBER_NULLABLE, "\"ch_3\""),
	LIST("obligations", MEMBER_OPTIONAL | MEMBER_OR_COUNT, moved), COUNT("units", MEMBER_OPTIONAL, "1"),
	LIST("unit_list", MEMBER_OPTIONAL, moved_units), COUNT("more", MEMBER_OPTIONAL, "1"), OBJECT("see", MEMBER_OPTIONAL, see), DATE("old_due_on", MEMBER_OPTIONAL, "\"2025-03-03\""),
	DATE("due_on", MEMBER_OPTIONAL, "\"2025-06-03\""), DATE("until", MEMBER_OPTIONAL, "\"2025-06-03\""),
	TEXT("reason", MEMBER_OPTIONAL, "\"洪灾\""), TEXT("approver", MEMBER_OPTIONAL, "\"项目办\""), TEXT("actor", MEMBER_OPTIONAL, "\"root\""), END
};
const struct event_member event_data_rescheduled[] = {
	OBJECT("programme", 0, programme), OBJECT("unit", MEMBER_OPTIONAL, unit), OBJECT("obligation", MEMBER_OPTIONAL, obligation),
	OBJECT("detail", 0, rescheduled), TO_READ, END
};

static const struct event_member closed[] = { TEXT("reason", 0, "\"accepted\""), END };
const struct event_member event_data_closed[] = { PARTIES, OBJECT("obligation", 0, obligation), OBJECT("detail", 0, closed), TO_READ, END };

static const struct event_member window_ended[] = {
	WORD("trigger", 0, "window_end", "\"window_end\""), DATE("window_ends_on", 0, "\"2026-09-02\""),
	INSTANT("ended_at", "\"2026-09-03T00:00:00+08:00\""), TEXT("old", 0, "\"delivering\""), TEXT("new", 0, "\"pending_decision\""),
	ID("decision", 0, "\"dt_1\""), END
};
const struct event_member event_data_decision[] = { PARTIES, OBJECT("detail", 0, window_ended), TO_READ, END };

static const struct event_member change[] = {
	ID("change", 0, "\"ch_3\""), TEXT("kind", 0, "\"state\""), ANY("old", 0, "{\"state\":\"delivering\"}"),
	ANY("new", 0, "{\"state\":\"withdrawn\"}"), TEXT("reason", 0, "\"单位申请\""), TEXT("approver", 0, "\"项目办\""),
	TEXT("doc_no", 0, "\"示例函〔2025〕1号\""), DATE("effective_on", 0, "\"2025-03-17\""), END
};
const struct event_member event_data_unit[] = { PARTIES, OBJECT("detail", 0, change), TO_READ, END };

static const struct event_member missing[] = {
	COUNT("year", 0, "2027"), DATE("first_needed_on", 0, "\"2027-03-02\""), COUNT("provisional", 0, "260"), END
};
const struct event_member event_data_calendar[] = { OBJECT("programme", 0, programme), OBJECT("detail", 0, missing), TO_READ, END };

/* ---- endpoints ---- */

static const struct event_member failed[] = {
	{ "id", MEMBER_MESSAGE, 0, NULL, NULL, "\"msg_abcdefghijklmnopqrstuvwxyz\"" }, TEXT("type", 0, "\"obligation.overdue\""),
	ID("unit", MEMBER_NULLABLE, "\"un_7\""), ID("obligation", MEMBER_NULLABLE, "\"ob_31\""),
	TEXT("step", MEMBER_NULLABLE, "\"after-3\""), TEXT("state", 0, "\"due\""), COUNT("last_status", MEMBER_OPTIONAL, "503"),
	TEXT("last_reason", MEMBER_NULLABLE, "\"status\""), END
};
static const struct event_member health[] = {
	ID("endpoint", 0, "\"ep_7\""), TEXT("owner", 0, "\"unit:un_7\""), INSTANT("failing_since", "\"2025-03-17T09:00:00+08:00\""),
	COUNT("failures", 0, "12"), COUNT("days", 0, "1"), TEXT("reason", MEMBER_OPTIONAL, "\"failing\""),
	COUNT("freed", MEMBER_OPTIONAL, "3"), LIST("messages", 0, failed), COUNT("messages_total", 0, "1"), END
};
const struct event_member event_data_endpoint[] = {
	OBJECT("programme", MEMBER_OPTIONAL, programme), OBJECT("unit", MEMBER_OPTIONAL, unit), OBJECT("detail", 0, health), TO_READ, END
};

static const struct event_member disowned[] = {
	ID("endpoint", 0, "\"ep_7\""), TEXT("reason", 0, "\"disowned\""),
	{ "message", MEMBER_MESSAGE, 0, NULL, NULL, "\"msg_abcdefghijklmnopqrstuvwxyz\"" },
	TEXT("said", 0, "\"code 310000: keyword, signature or address\""), END
};
const struct event_member event_data_disowned[] = {
	OBJECT("programme", MEMBER_OPTIONAL, programme), OBJECT("unit", MEMBER_OPTIONAL, unit), OBJECT("detail", 0, disowned), TO_READ, END
};

const struct event_member event_data_test[] = { FLAG("test", 0, "true"), TO_READ, END };

/* clang-format on */
