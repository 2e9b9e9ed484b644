/* An act of a person that changes what was agreed: its reason, who approved it, the document, since when. */
#ifndef JIEBANG_ENGINE_ACT_H
#define JIEBANG_ENGINE_ACT_H

#include "engine/tx.h"

enum { ACT_REASON = 1, ACT_APPROVER = 2, ACT_DOC_NO = 4 };

/* Members of the body that act_read reads, for body_known. */
#define ACT_MEMBERS "reason", "approver", "doc_no", "effective_on"

struct act {
	char reason[1024];
	char approver[256];
	char doc_no[128];
	int32_t effective_on; /* today, unless told; never later than today */
};
/* `needs`: those that may not be empty, of ACT_… */
MUST_CHECK enum fault act_read(const struct tx *tx, const struct verb *verb, unsigned needs,
			       struct act *act, struct problem *problem);

/* What was and what is, as JSON objects. */
struct change_what {
	const char *kind;  /* "lead", as in the table `change` */
	const char *event; /* "unit.changed" */
	int64_t programme_key;
	int64_t unit_key;   /* 0: the whole programme */
	const char *object; /* of the audit: "un_7", "future-2023" */
	const struct buf *old_json;
	const struct buf *new_json;
};
/* Writes the row of `change`, its event and its audit entry. */
MUST_CHECK enum fault act_record(struct tx *tx, const struct change_what *what,
				 const struct act *act, int64_t *change_key,
				 struct problem *problem);

/*
 * Tells the unit, its recommender and the office of a recorded change: one notice each, of this type (the event's).
 */
MUST_CHECK enum fault act_tell(struct tx *tx, const struct change_what *what, const struct act *act,
			       int64_t change_key, struct problem *problem);

/* FAULT_UNPROCESSED about one member of the body. */
enum fault member_wrong(struct problem *problem, const char *member, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A whole number; `otherwise` if the member is absent. */
bool body_number(const struct verb *verb, const char *member, int64_t min, int64_t max,
		 int64_t otherwise, int64_t *out, struct problem *problem);
/* A day, *set false if the member is absent. */
bool body_day_if(const struct verb *verb, const char *member, bool *set, int32_t *out,
		 struct problem *problem);
/* A text without blanks around it. */
bool body_trimmed(const struct verb *verb, const char *member, char *out, size_t size,
		  struct problem *problem);

#endif
