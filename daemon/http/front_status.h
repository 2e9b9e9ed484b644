/*
 * What the statuses of HTTP are called: in a status line, and in a problem document (RFC 9457), for people in both
 * languages and for programs.
 */
#ifndef JIEBANG_FRONT_STATUS_H
#define JIEBANG_FRONT_STATUS_H

#include <stdbool.h>

#define FRONT_PROBLEM "urn:jiebang:problem:"

struct front_status {
	int status;
	const char *title;
	const char *title_zh;
	const char *problem; /* goes behind FRONT_PROBLEM, for a refusal with no fault behind it */
	bool by_fault; /* where there is one, its name says more: 409 is refused or conflict */
	const char *retry_after_s; /* NULL: it's no use to wait */
};

/* Never NULL; a status that is not known has words that fit any. */
const struct front_status *front_status_of(int status);

#endif
