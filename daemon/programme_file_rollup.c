/*
 * The weekly report of a programme file: weekday, time and recipients, all or nothing.
 */
#include "programme_file_parts.h"

#define ROLLUP_HINT                                                                                \
	"write rollup = { weekday = 1; at = \"09:20\"; to = [ \"office\", \"recommender\" ]; }"

/* Units are told of what they owe by their ladders; a report is about others. */
static enum fault load_to(const struct load *load, const struct cfg_node *list, size_t i)
{
	const char *name = cfg_string(cfg_element(list, i));
	enum recipient to;
	if (!name || !recipient_parse(name, &to) ||
	    (to != RECIPIENT_OFFICE && to != RECIPIENT_RECOMMENDER))
		return load_refuse(load, list, NULL, ROLLUP_HINT,
				   "element %zu must be \"office\" or \"recommender\"", i);
	if (load->programme->rollup_to[to])
		return load_refuse(load, list, NULL, "remove one", "\"%s\" stands twice", name);
	load->programme->rollup_to[to] = true;
	return FAULT_NONE;
}

enum fault load_rollup(struct load *load)
{
	const struct cfg_node *group = cfg_member(cfg_root(load->cfg), "rollup");
	enum fault fault = FAULT_NONE;
	if (!group)
		return FAULT_NONE;
	static const char *const wanted[] = { "weekday", "at", "to" };
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!cfg_member(group, wanted[i]))
			return load_refuse(load, group, wanted[i], ROLLUP_HINT, "is missing");
	const struct cfg_node *list = cfg_member(group, "to");
	if (!cfg_is_list(list) || cfg_length(list) == 0)
		return load_refuse(load, list, NULL, ROLLUP_HINT,
				   "must be a list of one or two recipients");
	for (size_t i = 0; fault == FAULT_NONE && i < cfg_length(list); i++)
		fault = load_to(load, list, i);
	return fault;
}
