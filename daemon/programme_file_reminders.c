/*
 * How a programme's recipients are told, beside the ladders: who gets digests.
 */
#include "programme_file_parts.h"

#define DIGESTS_HINT "write digests = [ \"recommender\", \"office\" ]"

static enum fault load_digest(const struct load *load, const struct cfg_node *list, size_t i)
{
	const struct cfg_node *node = cfg_element(list, i);
	const char *name = cfg_string(node);
	enum recipient to;
	if (!name || !recipient_parse(name, &to))
		return load_refuse(load, list, NULL, DIGESTS_HINT,
				   "element %zu must be \"unit\", \"recommender\" or \"office\"",
				   i);
	if (load->programme->digests[to])
		return load_refuse(load, list, NULL, "remove one", "\"%s\" stands twice", name);
	load->programme->digests[to] = true;
	return FAULT_NONE;
}

enum fault load_reminders(struct load *load)
{
	const struct cfg_node *list = cfg_member(cfg_root(load->cfg), "digests");
	enum fault fault = FAULT_NONE;
	if (list && !cfg_is_list(list))
		return load_refuse(load, list, NULL, DIGESTS_HINT, "must be a list of recipients");
	for (size_t i = 0; fault == FAULT_NONE && list && i < cfg_length(list); i++)
		fault = load_digest(load, list, i);
	return fault;
}
