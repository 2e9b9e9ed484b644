/*
 * Programmes as their loader would make them, built by hand: the engine's library does not link the loader. Small, and
 * with what the shipped files have not: a hard cap, a window that is not known, a task name that two tracks have.
 */
#ifndef JIEBANG_TEST_ENGINE_HAND_H
#define JIEBANG_TEST_ENGINE_HAND_H

#include "engine/engine.h"

#include <stdio.h>

static inline struct clause clause_of(const char *rule, const char *text)
{
	return (struct clause){ xstrdup(rule), xstrdup(text), xstrdup("四、3") };
}

static inline struct task task_of(const char *id, size_t track, const char *name)
{
	return (struct task){ xstrdup(id), track, SIZE_MAX, xstrdup(name) };
}

static inline struct plan_rule rule_of(const char *id, enum obligation_kind kind)
{
	return (struct plan_rule){ .id = xstrdup(id),
				   .kind = kind,
				   .name_zh = xstrdup("报告"),
				   .name_en = xstrdup("Report"),
				   .opens_months = -1,
				   .early = true,
				   .clause = xstrdup("ours") };
}

/* 7, 1 and 0 days before, 1 day after, then weekly; the recommender after 3 working days, the office after 5. */
static inline struct ladder ladder_of_reports(void)
{
	return (struct ladder){ .id = "report",
				.before_days = { 7, 1, 0 },
				.n_before = 3,
				.after_days = { 1 },
				.n_after = 1,
				.then_every_days = 7,
				.send_at_s = 9 * 3600,
				.escalations = { { RECIPIENT_RECOMMENDER, 3 },
						 { RECIPIENT_OFFICE, 5 } },
				.n_escalations = 2 };
}

/* Reports at T+6 … T+24, and the acceptance request between T+18 and T+24. */
static inline void give_plan(struct programme *p)
{
	p->ladders = xcalloc(1, sizeof(*p->ladders));
	p->n_ladders = 1;
	p->ladders[0] = ladder_of_reports();
	p->plan = xcalloc(2, sizeof(*p->plan));
	p->n_plan = 2;
	p->plan[0] = rule_of("progress", KIND_PROGRESS_REPORT);
	p->plan[0].every_months = 6;
	p->plan[0].times = 4;
	p->plan[0].opens_before_days = 15;
	p->plan[0].roll = ROLL_NEXT_WORKDAY;
	p->plan[1] = rule_of("acceptance", KIND_ACCEPTANCE_REQUEST);
	p->plan[1].at_months = xcalloc(1, sizeof(int));
	p->plan[1].at_months[0] = 24;
	p->plan[1].n_at_months = 1;
	p->plan[1].opens_months = 18;
}

static inline void give_names(struct programme *p, const char *id)
{
	p->id = xstrdup(id);
	p->name_zh = xstrdup("示例批次");
	p->name_en = xstrdup("An invented programme");
	p->doc_no = xstrdup("");
	p->issuer = xstrdup("示例部");
	p->notice_on = xstrdup("");
	p->note = xstrdup("");
	for (size_t i = 0; i < 3; i++)
		p->level_names[i] = xstrdup("层");
	p->partners_rule = xstrdup("consortium");
	p->window_rule = xstrdup("window");
	p->extension = (struct extension){ false, 1, 12, 3, xstrdup("window") };
	p->application_closes_on = xstrdup("");
	p->recommendation_closes_on = xstrdup("");
	p->source_name = xstrdup("by-hand.conf");
	(void)snprintf(p->sha256, sizeof(p->sha256), "%064zx", strlen(id));
	p->complete = true;
}

static inline void give_lists(struct programme *p)
{
	p->tracks = xcalloc(2, sizeof(*p->tracks));
	p->n_tracks = 2;
	p->tracks[0] = (struct track){ xstrdup("a"), xstrdup("甲"), xstrdup("A") };
	p->tracks[1] = (struct track){ xstrdup("b"), xstrdup("乙"), xstrdup("B") };
	p->tasks = xcalloc(5, sizeof(*p->tasks));
	p->n_tasks = 5;
	p->tasks[0] = task_of("a-01", 0, "一号任务");
	p->tasks[1] = task_of("a-02", 0, "二号任务");
	p->tasks[2] = task_of("b-01", 1, "三号任务");
	p->tasks[3] = task_of("a-03", 0, "同名任务"); /* on both tracks */
	p->tasks[4] = task_of("b-02", 1, "同名任务");
	p->clauses = xcalloc(3, sizeof(*p->clauses));
	p->n_clauses = 3;
	p->clauses[0] = clause_of("shortlist_cap", "每个方向原则上不超过2家");
	p->clauses[1] = clause_of("consortium", "联合参与单位不超过4家");
	p->clauses[2] = clause_of("window", "名单公布之日起不超过2年");
	p->classes = xcalloc(2, sizeof(*p->classes));
	p->n_classes = 2;
	p->classes[0] = (struct shortlist_class){ xstrdup("assigned"), xstrdup("揭榜单位"),
						  xstrdup("assigned"), true };
	p->classes[1] = (struct shortlist_class){ xstrdup("potential"), xstrdup("潜力单位"),
						  xstrdup("potential"), false };
}

static inline struct programme *programme_by_hand(const char *id)
{
	struct programme *p = xcalloc(1, sizeof(*p));
	give_names(p, id);
	give_lists(p);
	give_plan(p);
	p->shortlist_cap = (struct cap){ CAP_LEVEL_TASK, 2, false, xstrdup("shortlist_cap") };
	p->winner_cap = (struct cap){ CAP_LEVEL_NONE, 0, false, xstrdup("winner_cap") };
	p->partners_max = 4;
	p->window_months = 24;
	return p;
}

/* "future-1": the ordinary one. "future-hard": a hard cap of one a track. "future-none": its window is not known. */
static inline struct programme_set *set_by_hand(void)
{
	struct programme_set *set = xcalloc(1, sizeof(*set));
	set->items = xcalloc(3, sizeof(struct programme *));
	set->n = 3;
	set->items[0] = programme_by_hand("future-1");
	set->items[1] = programme_by_hand("future-hard");
	set->items[1]->shortlist_cap.level = CAP_LEVEL_TRACK;
	set->items[1]->shortlist_cap.limit = 1;
	set->items[1]->shortlist_cap.hard = true;
	set->items[2] = programme_by_hand("future-none");
	set->items[2]->window_months = 0;
	return set;
}

#endif
