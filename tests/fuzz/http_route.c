/*
 * The door of the API under any target: the first byte chooses the method, the rest is path and query as the front
 * hands them over. Whatever comes, values stay within what the door promises.
 */
#include "http/route.h"

#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct target *target, const struct route *route)
{
	INVARIANT(target->args.limit >= 1 && target->args.limit <= WIRE_LIMIT_MAX);
	for (int i = 0; i < READ_FILTERS; i++) {
		const struct read_value *value = &target->args.filter[i];
		INVARIANT(!value->set || route->params & PARAM(i));
		INVARIANT(!value->set || !value->text ||
			  (strlen(value->text) <= 600 &&
			   text_utf8_valid(value->text, strlen(value->text))));
	}
	INVARIANT(!target->reason || strlen(target->reason) <= 500);
	INVARIANT(!target->args.cursor || strlen(target->args.cursor) <= 80);
	INVARIANT(!target->args.name || strlen(target->args.name) <= 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct target target;
	char path[PARSER_TARGET_BYTES_MAX + 1];
	struct problem problem = { .fault = FAULT_NONE };
	unsigned allow;
	if (size < 1 || size > PARSER_TARGET_BYTES_MAX || memchr(data, '\0', size))
		return 0;
	memcpy(path, data + 1, size - 1);
	path[size - 1] = '\0';
	char *mark = strchr(path, '?');
	if (mark)
		*mark = '\0';
	if (target_path(&target, path, &problem) != FAULT_NONE)
		return 0;
	enum method method = data[0] & 1 ? METHOD_GET : METHOD_POST;
	const struct route *route = route_match(routes, n_routes, method, &target, &allow);
	INVARIANT(!route || allow & 1u << method);
	if (!route || target_id(&target, route, &problem) != FAULT_NONE)
		return 0;
	if (target_query(&target, route, mark ? mark + 1 : "", &problem) == FAULT_NONE)
		check(&target, route);
	return 0;
}
