/*
 * A programme (批次) and its rules, as its file says. Everything that differs between programmes is data here; each
 * rule carries the clause it comes from, or "ours" where the notice is silent. Filled by daemon/programme_file.c.
 * All strings are owned by the struct, UTF-8, never NULL unless said ("" when absent).
 */
#ifndef JIEBANG_PROGRAMME_H
#define JIEBANG_PROGRAMME_H

#include "jiebang/buf.h"
#include "jiebang/calendar.h"
#include "jiebang/checklist.h"
#include "jiebang/fault.h"
#include "jiebang/form.h"
#include "jiebang/rollup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct track {
	char *id; /* "metaverse" */
	char *name_zh;
	char *name_en;
};

struct category {
	char *id; /* "core" */
	char *name_zh;
	char *name_en;
};

struct task {
	char *id;        /* "metaverse-01" */
	size_t track;    /* index into tracks */
	size_t category; /* index into categories; SIZE_MAX if the programme has none */
	char *name;
};

/* A named rule and the sentence it stands on. */
struct clause {
	char *rule;   /* "shortlist_cap" */
	char *text;   /* the quoted clause */
	char *source; /* "四、3.遴选及公布要求", or "ours" */
};

enum cap_level { CAP_LEVEL_NONE = 0, CAP_LEVEL_PROGRAMME, CAP_LEVEL_TRACK, CAP_LEVEL_TASK };

const char *cap_level_name(enum cap_level level);

struct cap {
	enum cap_level level; /* NONE: no cap */
	int limit;
	bool hard;  /* soft (原则上): going over needs a recorded reason */
	char *rule; /* name of its clause */
};

/* Shortlist class: 揭榜单位 `assigned` must deliver, 潜力单位 `potential` may. */
struct shortlist_class {
	char *id;
	char *name_zh;
	char *name_en;
	bool owes; /* whether obligations are planned for it */
};

struct quota {
	char *class_id; /* "province" */
	char *name_zh;
	int limit; /* per track */
	bool hard;
	bool outside_province; /* 不占属地指标 */
	char *via;             /* "self" or "province" */
	char *rule;
};

enum obligation_kind {
	KIND_PROGRESS_REPORT = 0, /* 进度汇报 */
	KIND_MIDTERM_REVIEW,      /* 中期评估 */
	KIND_MATERIAL,            /* 材料报送 */
	KIND_ACCEPTANCE_REQUEST,  /* 验收申请 */
	KIND_EVALUATION,          /* 测评 */
	KIND_AD_HOC,
	KIND_COUNT
};

const char *obligation_kind_name(enum obligation_kind kind); /* "progress_report" */
bool obligation_kind_parse(const char *s, enum obligation_kind *kind);

enum satisfied_by { SATISFIED_BY_SUBMISSION = 0, SATISFIED_BY_ACCEPTANCE };

const char *satisfied_by_name(enum satisfied_by how); /* "submission", "acceptance" */

/* Who a rung speaks to. */
enum recipient {
	RECIPIENT_UNIT = 0,
	RECIPIENT_RECOMMENDER,
	RECIPIENT_OFFICE,
	RECIPIENT_REVIEWER, /* whoever the rule's review names: one of the two above */
	RECIPIENT_COUNT
};

const char *recipient_name(enum recipient recipient); /* "unit", "recommender", "office", … */
bool recipient_parse(const char *s, enum recipient *recipient);

#define LADDER_RUNGS_MAX    24
#define LADDER_JITTER_MAX_S 3600

/*
 * What becomes of a step whose day is a day off. Neither way crosses the due day: a step up to it stays up to it and
 * one after it stays after it, and goes the other way if there is no working day left on its side.
 */
enum days_off { DAYS_OFF_SEND = 0, DAYS_OFF_BEFORE, DAYS_OFF_AFTER, DAYS_OFF_COUNT };

const char *days_off_name(enum days_off days_off); /* "send", "before", "after" */
bool days_off_parse(const char *s, enum days_off *days_off);

/* The reminder ladder of one kind of obligation. Days are civil days. */
struct ladder {
	char id[32];
	int before_days[LADDER_RUNGS_MAX]; /* descending; 0 is the due day itself */
	size_t n_before;
	int after_days[LADDER_RUNGS_MAX]; /* ascending, > 0 */
	size_t n_after;
	int then_every_days; /* repeats after the last after_days until satisfied; 0: never */
	bool of_review; /* counted from the review's due date: its rungs speak to the reviewer, and nothing opens */
	int send_at_s; /* time of day in Beijing, seconds after 00:00; from a file never in the minutes :00 and :30 */
	enum days_off days_off;
	int jitter_s; /* a message leaves up to so much later than its step, see jitter_ready_at */
	struct escalation {
		enum recipient to;
		int after_workdays; /* working days after the due day */
	} escalations[8];
	size_t n_escalations;
};

/* Who reviews what was filed, and until when. */
struct review_rule {
	enum recipient
		by; /* RECIPIENT_RECOMMENDER or _OFFICE; RECIPIENT_UNIT: nobody, there is no review */
	int workdays;       /* so many working days after the day of filing; 0: not used */
	int days_after_due; /* or so many civil days after the due date, never rolled; -1: not used */
};

/* How long a unit has to correct what was returned. All zero: the due date stands. */
struct correction_rule {
	int workdays;      /* so many working days after the day of the return */
	int days;          /* or civil days */
	bool until_review; /* or as long as the reviewer had */
};

#define PLAN_RULE_AD_HOC                                                                           \
	"ad-hoc" /* id of the rules of obligations that a person adds; no file may use it */

/* One row of the reporting plan: when obligations of this rule fall due. Exactly one of the anchors is used. */
struct plan_rule {
	char *id; /* "progress" */
	enum obligation_kind kind;
	char *name_zh;
	char *name_en;
	int every_months; /* from publication: T+e, T+2e, … */
	int times;        /*   this many */
	int *at_months;   /* or at these months after publication */
	size_t n_at_months;
	int32_t *on_dates; /* or on these civil dates (never rolled: an official date) */
	size_t n_on_dates;
	int (*every_year_on)[2]; /* or each year inside the window, on these {month, day} */
	size_t n_every_year_on;
	int every_month_on; /* or on this day of each month inside the window (its last, where there is none); 0: no */
	int after_window_months; /* or so many months after the window's last day; 0: no */
	bool on_milestones; /* or for each milestone of the unit, `days_after` its planned day */
	int days_after;
	int opens_before_days; /* the obligation opens so many days before it is due … */
	int opens_months; /* … or (when ≥ 0) this many months after publication; -1: not used */
	int skip_when_younger_than_months; /* a due date closer than this to publication is skipped; 0: none */
	enum roll roll;
	enum satisfied_by satisfied_by;
	bool early; /* may be filed before it opens */
	struct review_rule review;
	struct correction_rule correction;
	size_t ladder;        /* index into ladders */
	size_t review_ladder; /* the reviewer's; read only if there is a review */
	char *clause;         /* name of the clause it stands on, or "ours" */
	char *form;      /* id of the form that a filing is checked by; NULL or "": any content */
	char *materials; /* id of its checklist; NULL or "": takes no files */
};

/* Whether and how far the window of one unit may end later. A document number stands above it. */
struct extension {
	bool allowed;
	int times;             /* extensions of one unit */
	int max_months;        /* of each */
	int ask_before_months; /* asked for so long before the window ends */
	char *rule;
};

struct programme {
	char *id; /* "future-2023" */
	char *name_zh;
	char *name_en;
	char *doc_no;
	char *issuer;
	char *notice_on; /* ISO date or "" */
	bool complete;   /* false: only what is known is here, and shown as such */
	char *note;
	char *level_names[3]; /* zh names of the levels, e.g. 赛道, 类别, 任务 */
	struct track *tracks;
	size_t n_tracks;
	struct category *categories;
	size_t n_categories;
	struct task *tasks;
	size_t n_tasks;
	struct clause *clauses;
	size_t n_clauses;
	struct cap shortlist_cap;
	struct cap winner_cap;
	int partners_max; /* -1: no limit */
	char *partners_rule;
	struct shortlist_class *classes;
	size_t n_classes; /* at least one; the first is the default at import */
	struct quota *quotas;
	size_t n_quotas;
	int window_months; /* 0: unknown, publication is refused with that reason */
	enum roll window_roll;
	char *window_rule;
	struct extension extension;
	char *application_closes_on;    /* ISO date or "" */
	char *recommendation_closes_on; /* ISO date or "" */
	struct ladder *ladders;
	size_t n_ladders;
	struct plan_rule *plan;
	size_t n_plan;
	struct form *forms;
	size_t n_forms;
	struct checklist *checklists;
	size_t n_checklists;
	int64_t material_quota_bytes;  /* of all files of the programme's units; 0: no limit */
	bool digests[RECIPIENT_COUNT]; /* whether this recipient is told in digests */
	struct rollup rollup;
	bool rollup_to[RECIPIENT_COUNT]; /* who gets the weekly report: office, recommender */
	char *source_name;               /* file it came from */
	char sha256[65];                 /* of the file's bytes, lower-case hex */
};

/* Frees the content and the struct; NULL is fine. */
void programme_free(struct programme *programme);
/* NULL if there is none. */
const struct clause *programme_clause(const struct programme *programme, const char *rule);
const struct task *programme_task(const struct programme *programme, const char *id);
/* By id or by exact Chinese name; SIZE_MAX if unknown or ambiguous. */
size_t programme_task_find(const struct programme *programme, const char *id_or_name);
size_t programme_track_find(const struct programme *programme, const char *id_or_name);
/* By id; NULL if there is none, or the id is NULL or "". */
const struct form *programme_form(const struct programme *programme, const char *id);
const struct checklist *programme_checklist(const struct programme *programme, const char *id);
size_t programme_class_find(const struct programme *programme, const char *id_or_name);

/* ---- planning: pure arithmetic from an anchor ---- */

struct planned {
	size_t rule;         /* index into programme->plan */
	int n;               /* 1, 2, … within the rule, by date */
	int months;          /* months after the anchor, 0 for fixed dates */
	int32_t opens_on;    /* never after due_on */
	int32_t last_day_on; /* before rolling (art. 202) */
	int32_t due_on;      /* after rolling (art. 203) */
	bool provisional;    /* a year without calendar was consulted */
};

#define PLAN_MAX 128

/* Whether the rule's due dates are official ones, which are never rolled. */
bool plan_rule_is_official(const struct plan_rule *rule);
/* Whether what was filed is reviewed by somebody, who then has a deadline of their own. */
bool plan_rule_is_reviewed(const struct plan_rule *rule);

/*
 * The reviewer's last day for what was filed on `filed_on`. Where it counts from the due date, a late filing gets as
 * many days from its own day: nobody is given a deadline that has passed.
 */
int32_t review_due_on(const struct review_rule *review, const struct calendar *calendar,
		      int32_t filed_on, int32_t due_on, bool *provisional);
/*
 * The unit's last day to correct what was returned on `returned_on`; `review_on` is the reviewer's last day, 0: none.
 * Never sooner than `due_on`: a return takes nothing from the time that everybody has.
 */
int32_t correction_due_on(const struct correction_rule *correction, const struct calendar *calendar,
			  int32_t returned_on, int32_t due_on, int32_t review_on,
			  bool *provisional);

/*
 * Rule → JSON members and back: the version that an obligation was planned by, frozen in the database. Read back are
 * only the parts that decide about a running obligation: how it is dated, opened, reviewed and corrected; its names and
 * anchors are left zero, but for n_on_dates.
 */
struct jw;
void plan_rule_write_terms(struct jw *jw, const struct plan_rule *rule);
MUST_CHECK enum fault plan_rule_read(const char *text, size_t len, struct plan_rule *out,
				     struct problem *problem);

/* The window's last day, inclusive: anchor + window_months, rolled by window_roll. */
int32_t programme_window_end(const struct programme *programme, const struct calendar *calendar,
			     int32_t anchor_on, bool *provisional);

/*
 * Every obligation of a unit whose window begins with publication on `anchor_on`, ordered by (rule, n). Returns the count, at most PLAN_MAX
 * (a file that plans more is refused when it is loaded). Due dates past the window's end are clipped out, except
 * those of rules anchored on explicit dates or on the window's end; what counts is the last day before rolling, so that a final report due
 * with the window's last day may roll over a weekend. Days on or before the anchor are none of the window (art. 201),
 * nothing opens before it, and a day named twice in one rule is one obligation. What is tied to milestones is not here:
 * see programme_plan_milestone.
 */
size_t programme_plan(const struct programme *programme, const struct calendar *calendar,
		      int32_t anchor_on, struct planned out[PLAN_MAX]);

/* A window as it is by now: longer, shorter or elsewhere than the programme's. */
struct plan_window {
	int32_t anchor_on;
	int32_t last_on; /* its last day before rolling … */
	int32_t end_on;  /* … and after */
};
/* The same of such a window, at most `max` rows. */
size_t programme_plan_in(const struct programme *programme, const struct calendar *calendar,
			 const struct plan_window *window, struct planned *out, size_t max);

/*
 * The obligation of a rule with `on_milestones` for the unit's milestone number `n`, planned for `planned_on`. Unlike
 * the others it is not clipped: the unit's own plan says when it is.
 */
void programme_plan_milestone(const struct plan_rule *rule, size_t rule_index,
			      const struct calendar *calendar, int32_t anchor_on, int n,
			      int32_t planned_on, struct planned *out);

/*
 * The dates that a calendar decides, from planned->last_day_on: due_on, opens_on and provisional. Of the rule only
 * roll, opens_months, opens_before_days and whether it has on_dates are read, so that a rule frozen long ago will do.
 */
void programme_replan(const struct plan_rule *rule, const struct calendar *calendar,
		      int32_t anchor_on, struct planned *planned);

/* One sentence: "2024-08-31 + 6 months = 2025-02-28 (民法典 202: no corresponding day) …, rolled to …". lang: "zh" or "en". */
void programme_explain(const struct programme *programme, const struct calendar *calendar,
		       int32_t anchor_on, const struct planned *planned, const char *lang,
		       struct buf *out);
/* The same for a rule that stands in no file: an obligation that was added by hand. planned->rule is not read. */
void programme_explain_ad_hoc(const struct programme *programme, const struct calendar *calendar,
			      int32_t anchor_on, const struct planned *planned, const char *lang,
			      struct buf *out);
/* What moved it since: "Extended to 2025-04-12.", "Returned: to be corrected by 2025-03-11." 0: nothing is added. */
void programme_explain_moved(int32_t granted_on, int32_t correct_by_on, const char *lang,
			     struct buf *out);

#endif
