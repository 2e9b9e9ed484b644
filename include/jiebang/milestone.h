/*
 * A unit's own plan: milestones (里程碑) that weigh together 100, each with its planned day, the day it was reached and
 * how far it is. What they come to is compared with the elapsed part of the window.
 */
#ifndef JIEBANG_MILESTONE_H
#define JIEBANG_MILESTONE_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MILESTONES_MAX 64

struct milestone {
	int n; /* given once, never again in this unit; 0: a new one */
	char name[256];
	int weight;  /* 1 to 100 */
	int percent; /* 100 exactly when it was reached */
	int32_t planned_on;
	int32_t actual_on; /* the day it was reached; 0: not yet */
};

/* FAULT_UNPROCESSED with pointer "/milestones" unless the weights come to 100; the sum is told. */
MUST_CHECK enum fault milestones_check(const struct milestone *milestones, size_t n,
				       struct problem *problem);
/* Sum of weight × percent, in whole percent, rounded down: 99.9 is not all. */
int milestones_reached(const struct milestone *milestones, size_t n);

#endif
