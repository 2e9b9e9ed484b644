/*
 * Paths: splitting first, decoding afterwards, so that an encoded slash never makes a segment; then a walk over the
 * rows. A row is matched by its pattern, the method decides among those that match.
 */
#include "http/route.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <stdio.h>
#include <string.h>

enum method method_parse(const char *method)
{
	static const struct {
		const char *name;
		enum method method;
	} known[] = {
		{ "GET", METHOD_GET },       { "HEAD", METHOD_GET },
		{ "POST", METHOD_POST },     { "PATCH", METHOD_PATCH },
		{ "DELETE", METHOD_DELETE }, { "OPTIONS", METHOD_OPTIONS },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(method, known[i].name) == 0)
			return known[i].method;
	return METHOD_OTHER;
}

/* ---- decoding ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum fault bad_escape(struct problem *problem)
{
	return problem_set(problem, FAULT_INVALID,
			   "the target has a malformed percent-escape, an encoded NUL or text that "
			   "is not UTF-8");
}

/* Decodes s[0..len) to the end of target->text; `plus` reads '+' as a space (queries). NULL: malformed. */
static const char *decode(struct target *target, const char *s, size_t len, bool plus)
{
	char *out = target->text + target->used;
	size_t n = 0;
	INVARIANT(target->used + len + 1 <= sizeof(target->text));
	for (size_t i = 0; i < len; i++) {
		out[n++] = plus && s[i] == '+' ? ' ' : s[i];
		if (s[i] != '%')
			continue;
		if (len - i < 3)
			return NULL;
		int upper = hex_value(s[i + 1]), lower = hex_value(s[i + 2]);
		if (upper < 0 || lower < 0 || (upper == 0 && lower == 0))
			return NULL;
		out[n - 1] = (char)(unsigned char)(upper * 16 + lower);
		i += 2;
	}
	out[n] = '\0';
	target->used += n + 1;
	return text_utf8_valid(out, n) ? out : NULL;
}

enum fault target_path(struct target *target, const char *path, struct problem *problem)
{
	target->n_segments = 0;
	target->used = 0;
	target->args = (struct read_args){ .limit = 0 };
	target->dry_run = false;
	target->reason = NULL;
	while (*path == '/') {
		size_t len = strcspn(++path, "/");
		const char *segment = decode(target, path, len, false);
		if (!segment)
			return bad_escape(problem);
		if (target->n_segments < TARGET_SEGMENTS_MAX)
			target->segment[target->n_segments] = segment;
		target->n_segments++;
		path += len;
	}
	return FAULT_NONE;
}

/* ---- matching ---- */

/* The next segment of a pattern against one of a target; NULL if they differ, else what comes behind it. */
static const char *segment_matches(const char *pattern, const char *segment)
{
	if (*pattern == ':' && *segment)
		return pattern + strcspn(pattern, "/");
	while (*segment && *segment == *pattern && *pattern != '/') {
		segment++;
		pattern++;
	}
	return !*segment && (!*pattern || *pattern == '/') ? pattern : NULL;
}

/* Each request asks this of each route: most differ in the first letters of the second segment. */
static bool pattern_matches(const char *pattern, const struct target *target)
{
	size_t i = 0;
	if (target->n_segments > TARGET_SEGMENTS_MAX)
		return false;
	while (*pattern == '/') {
		if (i == target->n_segments)
			return false;
		pattern = segment_matches(pattern + 1, target->segment[i++]);
		if (!pattern)
			return false;
	}
	return i == target->n_segments;
}

const struct route *route_match(const struct route *table, size_t n, enum method method,
				const struct target *target, unsigned *allow)
{
	const struct route *found = NULL;
	*allow = 0;
	for (size_t i = 0; i < n; i++) {
		if (!pattern_matches(table[i].pattern, target))
			continue;
		*allow |= 1u << table[i].method;
		if (!found && table[i].method == method)
			found = &table[i];
	}
	return found;
}

void route_allow(unsigned allow, char out[ROUTE_ALLOW_BYTES])
{
	(void)snprintf(out, ROUTE_ALLOW_BYTES, "%s%s%s%sOPTIONS",
		       allow & 1u << METHOD_GET ? "GET, HEAD, " : "",
		       allow & 1u << METHOD_POST ? "POST, " : "",
		       allow & 1u << METHOD_PATCH ? "PATCH, " : "",
		       allow & 1u << METHOD_DELETE ? "DELETE, " : "");
}

#define NAME_BYTES_MAX 128

enum fault target_id(struct target *target, const struct route *route, struct problem *problem)
{
	const char *at = strstr(route->pattern, "/:");
	size_t i = 0;
	if (!at)
		return FAULT_NONE;
	for (const char *c = route->pattern + 1; c <= at; c++)
		i += *c == '/';
	const char *id = target->segment[i];
	if (!route->id && strlen(id) <= NAME_BYTES_MAX) {
		target->args.name = id;
		return FAULT_NONE;
	}
	if (route->id && text_id_parse(id, route->id, &target->args.key))
		return FAULT_NONE;
	if (!route->id)
		return problem_set(problem, FAULT_NOT_FOUND, "there is nothing with this id");
	return problem_set(problem, FAULT_NOT_FOUND,
			   "there is nothing with this id; ids here look like %s_7", route->id);
}

/* ---- the query ---- */

struct param {
	const char *name;
	enum fault (*parse)(struct target *target, const struct route *route, int param,
			    const char *value, struct problem *problem);
	int64_t min;
	int64_t max;
	const char *id; /* prefix */
};

static const struct param params[PARAM_COUNT];

static enum fault bad_value(int param, struct problem *problem, const char *want)
{
	enum fault fault = problem_set(problem, FAULT_INVALID, "%s: %s", params[param].name, want);
	(void)text_copy(problem->pointer, sizeof(problem->pointer), params[param].name);
	return fault;
}

/* Names one of ours, never what came in. */
static void suggest(struct problem *problem, const char *word, const char *const *known)
{
	const char *near = text_suggest(word, known);
	if (near)
		(void)snprintf(problem->hint, sizeof(problem->hint), "did you mean %s?", near);
}

static void filter_text(struct target *target, int param, const char *value)
{
	target->args.filter[param] = (struct read_value){ .set = true, .text = value };
}

static void filter_number(struct target *target, int param, int64_t value)
{
	target->args.filter[param] = (struct read_value){ .set = true, .number = value };
}

static enum fault parse_text(struct target *target, const struct route *route, int param,
			     const char *value, struct problem *problem)
{
	(void)route;
	if (strlen(value) > (size_t)params[param].max)
		return bad_value(param, problem, "too long");
	if (value[0] == '\0')
		return bad_value(param, problem, "is empty; leave it out to ask for all");
	filter_text(target, param, value);
	return FAULT_NONE;
}

/* An empty search box searches for nothing in particular. */
static enum fault parse_search(struct target *target, const struct route *route, int param,
			       const char *value, struct problem *problem)
{
	return value[0] ? parse_text(target, route, param, value, problem) : FAULT_NONE;
}

static enum fault parse_choice(struct target *target, const struct route *route, int param,
			       const char *value, struct problem *problem)
{
	char want[512] = "must be one of";
	const char *const *known = param == READ_SORT ? route->sorts : route->states;
	for (size_t i = 0; known[i]; i++) {
		size_t len = strlen(want);
		if (strcmp(value, known[i]) == 0) {
			filter_text(target, param, value);
			return FAULT_NONE;
		}
		(void)snprintf(want + len, sizeof(want) - len, "%s %s", i ? "," : "", known[i]);
	}
	enum fault fault = bad_value(param, problem, want);
	suggest(problem, value, known);
	return fault;
}

static enum fault parse_id(struct target *target, const struct route *route, int param,
			   const char *value, struct problem *problem)
{
	int64_t key;
	char want[64];
	(void)route;
	(void)snprintf(want, sizeof(want), "must be an id like %s_7", params[param].id);
	if (!text_id_parse(value, params[param].id, &key))
		return bad_value(param, problem, want);
	filter_number(target, param, key);
	return FAULT_NONE;
}

static enum fault parse_number(struct target *target, const struct route *route, int param,
			       const char *value, struct problem *problem)
{
	int64_t number;
	char want[80];
	(void)route;
	(void)snprintf(want, sizeof(want), "must be a number from %lld to %lld",
		       (long long)params[param].min, (long long)params[param].max);
	if (!text_parse_i64(value, params[param].min, params[param].max, &number))
		return bad_value(param, problem, want);
	if (param == PARAM_LIMIT)
		target->args.limit = (int)number;
	else
		filter_number(target, param, number);
	return FAULT_NONE;
}

static enum fault parse_flag(struct target *target, const struct route *route, int param,
			     const char *value, struct problem *problem)
{
	(void)route;
	bool yes = strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
	if (!yes && strcmp(value, "0") != 0 && strcmp(value, "false") != 0)
		return bad_value(param, problem, "must be 1 or 0");
	if (param == PARAM_DRY_RUN)
		target->dry_run = yes;
	else if (yes)
		filter_number(target, param, 1);
	return FAULT_NONE;
}

static enum fault parse_date(struct target *target, const struct route *route, int param,
			     const char *value, struct problem *problem)
{
	int32_t day;
	(void)route;
	if (!civil_parse(value, &day))
		return bad_value(param, problem, "must be a date that exists, as YYYY-MM-DD");
	filter_text(target, param, value);
	return FAULT_NONE;
}

static enum fault parse_instant(struct target *target, const struct route *route, int param,
				const char *value, struct problem *problem)
{
	int64_t at;
	(void)route;
	if (!civil_instant_parse(value, &at))
		return bad_value(
			param, problem,
			"must be an instant like 2025-01-06T09:20:00+08:00 or a date; in a query "
			"its plus is percent-encoded");
	filter_number(target, param, at);
	return FAULT_NONE;
}

static enum fault parse_other(struct target *target, const struct route *route, int param,
			      const char *value, struct problem *problem)
{
	(void)route;
	if (value[0] == '\0' || strlen(value) > (size_t)params[param].max)
		return bad_value(param, problem, "is empty or too long");
	if (param == PARAM_CURSOR)
		target->args.cursor = value;
	else
		target->reason = value;
	return FAULT_NONE;
}

static const struct param params[PARAM_COUNT] = {
	[READ_PROGRAMME] = { "programme", parse_text, 1, 128, NULL },
	[READ_TASK] = { "task", parse_text, 1, 128, NULL },
	[READ_STATE] = { "state", parse_choice, 0, 0, NULL },
	[READ_RECOMMENDER] = { "recommender", parse_text, 1, 512, NULL },
	[READ_OWNER] = { "owner", parse_text, 1, 600, NULL },
	[READ_TYPE] = { "type", parse_text, 1, 128, NULL },
	[READ_Q] = { "q", parse_search, 0, 256, NULL },
	[READ_UNIT] = { "unit", parse_id, 0, 0, WIRE_ID_UNIT },
	[READ_OBLIGATION] = { "obligation", parse_id, 0, 0, WIRE_ID_OBLIGATION },
	[READ_ENDPOINT] = { "endpoint", parse_id, 0, 0, WIRE_ID_ENDPOINT },
	[READ_OVERDUE] = { "overdue", parse_flag, 0, 0, NULL },
	[READ_STATS] = { "stats", parse_flag, 0, 0, NULL },
	[READ_UNREACHABLE] = { "unreachable", parse_flag, 0, 0, NULL },
	[READ_DUE_BEFORE] = { "due_before", parse_date, 0, 0, NULL },
	[READ_DAYS] = { "days", parse_number, 1, 1100, NULL },
	[READ_WAIT_S] = { "wait_s", parse_number, 0, 30, NULL },
	[READ_MESSAGE] = { "message", parse_text, 1, 64, NULL },
	[READ_SORT] = { "sort", parse_choice, 0, 0, NULL },
	[READ_LAST] = { "last", parse_number, 1, WIRE_LIMIT_MAX, NULL },
	[READ_AT] = { "at", parse_instant, 0, 0, NULL },
	[PARAM_LIMIT] = { "limit", parse_number, 1, WIRE_LIMIT_MAX, NULL },
	[PARAM_CURSOR] = { "cursor", parse_other, 0, 80, NULL },
	[PARAM_DRY_RUN] = { "dry_run", parse_flag, 0, 0, NULL },
	[PARAM_REASON] = { "reason", parse_other, 0, 500, NULL },
};

static enum fault unknown_param(const struct route *route, const char *name,
				struct problem *problem)
{
	const char *known[PARAM_COUNT + 1] = { NULL };
	char list[256] = "";
	size_t n = 0;
	for (int i = 0; i < PARAM_COUNT; i++) {
		if (!(route->params & PARAM(i)))
			continue;
		size_t len = strlen(list);
		(void)snprintf(list + len, sizeof(list) - len, "%s%s", n ? ", " : "",
			       params[i].name);
		known[n++] = params[i].name;
	}
	enum fault fault = problem_set(problem, FAULT_INVALID,
				       n ? "the query has an unknown parameter; known here: %s"
					 : "the query has a parameter, and none is known here%s",
				       list);
	suggest(problem, name, known);
	return fault;
}

static int param_named(const struct route *route, const char *name)
{
	for (int i = 0; i < PARAM_COUNT; i++)
		if (route->params & PARAM(i) && strcmp(params[i].name, name) == 0)
			return i;
	return -1;
}

/* One "name=value" of length len. */
static enum fault take_pair(struct target *target, const struct route *route, const char *pair,
			    size_t len, unsigned *seen, struct problem *problem)
{
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals ? (size_t)(equals - pair) : len;
	const char *name = decode(target, pair, name_len, true);
	const char *value = "";
	if (name && equals)
		value = decode(target, equals + 1, len - name_len - 1, true);
	if (!name || !value)
		return bad_escape(problem);
	int param = param_named(route, name);
	if (param < 0)
		return unknown_param(route, name, problem);
	if (*seen & PARAM(param))
		return bad_value(param, problem, "is given twice");
	*seen |= PARAM(param);
	return params[param].parse(target, route, param, value, problem);
}

enum fault target_query(struct target *target, const struct route *route, const char *query,
			struct problem *problem)
{
	unsigned seen = 0;
	enum fault fault = FAULT_NONE;
	target->args.limit = WIRE_LIMIT_DEFAULT;
	while (fault == FAULT_NONE && *query) {
		size_t len = strcspn(query, "&");
		if (len > 0)
			fault = take_pair(target, route, query, len, &seen, problem);
		query += len;
		query += *query == '&';
	}
	for (int i = 0; fault == FAULT_NONE && i < PARAM_COUNT; i++)
		if (route->required & PARAM(i) && !(seen & PARAM(i)))
			fault = bad_value(i, problem, "is required");
	return fault;
}
