/*
 * What the milestones of a unit come to. Whole numbers only: a share that does not come out even is rounded down, so
 * that nothing is called finished before it is.
 */
#include "jiebang/milestone.h"

#include "jiebang/text.h"

enum fault milestones_check(const struct milestone *milestones, size_t n, struct problem *problem)
{
	int sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += milestones[i].weight;
	if (sum == 100)
		return FAULT_NONE;
	problem_set(problem, FAULT_UNPROCESSED, "the weights come to %d; they must come to 100",
		    sum);
	if (problem)
		text_copy(problem->pointer, sizeof(problem->pointer), "/milestones");
	return FAULT_UNPROCESSED;
}

int milestones_reached(const struct milestone *milestones, size_t n)
{
	int sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += milestones[i].weight * milestones[i].percent;
	return sum / 100;
}
