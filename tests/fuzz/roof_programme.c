/*
 * Programme files of any bytes: either refused with a place and a hint, or a programme whose references all lead
 * somewhere and whose plan the planner's array can hold.
 */
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "programme_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/*
 * libconfig 1.5 forgets the string that its lexer has in hand when the grammar then fails: some bytes for each refused
 * text. The unit tests run without this and see whether we forget a tree.
 */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static void check_programme(const struct programme *programme)
{
	struct calendar *calendar = calendar_new();
	struct planned planned[PLAN_MAX];
	int32_t anchor = 0;
	INVARIANT(civil_parse("2024-08-31", &anchor));
	for (size_t i = 0; i < programme->n_tasks; i++)
		INVARIANT(programme->tasks[i].track < programme->n_tracks &&
			  (programme->tasks[i].category < programme->n_categories ||
			   programme->tasks[i].category == SIZE_MAX));
	for (size_t i = 0; i < programme->n_plan; i++)
		INVARIANT(programme->plan[i].ladder < programme->n_ladders);
	INVARIANT(programme->n_classes > 0 && strlen(programme->sha256) == 64);
	if (programme->window_months > 0) {
		size_t n = programme_plan(programme, calendar, anchor, planned);
		INVARIANT(n <= PLAN_MAX);
		for (size_t i = 0; i < n; i++)
			INVARIANT(planned[i].opens_on <= planned[i].due_on);
	}
	calendar_free(calendar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct programme *programme = NULL;
	struct problem problem;
	char *text = xmalloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&problem, 0, sizeof(problem));
	if (programme_file_parse(text, size, "fuzz.conf", &programme, &problem) == FAULT_NONE)
		check_programme(programme);
	else
		INVARIANT(strncmp(problem.detail, "fuzz.conf:", 10) == 0 && problem.hint[0] &&
			  !programme);
	programme_free(programme);
	free(text);
	return 0;
}
