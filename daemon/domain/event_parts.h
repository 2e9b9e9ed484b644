/* The inside of event_type.c: what the data of each type of message is made of. */
#ifndef JIEBANG_DOMAIN_EVENT_PARTS_H
#define JIEBANG_DOMAIN_EVENT_PARTS_H

enum member_kind {
	MEMBER_TEXT,
	MEMBER_WORD,    /* one of `words`, "a|b" */
	MEMBER_NAMES,   /* {"zh","en"} */
	MEMBER_ID,      /* typable: un_7; what stands before the number is the example's */
	MEMBER_MESSAGE, /* a webhook-id */
	MEMBER_DATE,
	MEMBER_INSTANT, /* of Beijing time */
	MEMBER_INTEGER,
	MEMBER_FLAG,
	MEMBER_OBJECT,
	MEMBER_ANY,  /* an object that depends on what it is about */
	MEMBER_LIST, /* of objects, or of texts if it has no members */
};

enum member_flags {
	MEMBER_OPTIONAL = 1, /* not always there */
	MEMBER_NULLABLE = 2,
	MEMBER_OR_COUNT = 4, /* a list, or how long it would be */
};

struct event_member {
	const char *name; /* NULL after the last */
	enum member_kind kind;
	unsigned flags;
	const struct event_member *members;
	const char *words;
	const char *example; /* JSON; objects and lists of objects are made of their members' */
};

extern const struct event_member event_data_due_soon[], event_data_overdue[],
	event_data_review_due_soon[], event_data_review_overdue[], event_data_digest[],
	event_data_weekly[], event_data_test[], event_data_returned[], event_data_rescheduled[],
	event_data_closed[], event_data_decision[], event_data_unit[], event_data_calendar[],
	event_data_endpoint[], event_data_disowned[];

#endif
