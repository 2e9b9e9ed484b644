/*
 * Lists against what a message is about. A pattern is the value itself, or its beginning with a star after it.
 */
#include "jiebang/endpoint_filter.h"

#include "jiebang/event_type.h"

#include <string.h>

bool endpoint_filter_any(const struct endpoint_options *options)
{
	return options->events[0] || options->programmes[0] || options->tracks[0] ||
	       options->regions[0] || options->units[0];
}

const char *endpoint_filter_word(const char *after, const char *words, size_t *len)
{
	const char *word = after ? after + *len + (after[*len] == ',') : words;
	*len = strcspn(word, ",");
	return *len > 0 ? word : NULL;
}

static bool fits(const char *pattern, size_t len, const char *value)
{
	if (pattern[len - 1] == '*')
		return strncmp(pattern, value, len - 1) == 0;
	return strlen(value) == len && memcmp(pattern, value, len) == 0;
}

/* An empty list takes everything; one that is not takes nothing that has no such value. */
static bool any_fits(const char *words, const char *value)
{
	size_t len;
	bool fit = words[0] == '\0';
	for (const char *word = endpoint_filter_word(NULL, words, &len); !fit && word;
	     word = endpoint_filter_word(word, words, &len))
		fit = value[0] && fits(word, len, value);
	return fit;
}

bool endpoint_filter_pass(const struct endpoint_options *options,
			  const struct endpoint_scope *scope)
{
	return any_fits(options->events, scope->type) &&
	       any_fits(options->programmes, scope->programme) &&
	       any_fits(options->tracks, scope->track) &&
	       any_fits(options->regions, scope->region) && any_fits(options->units, scope->unit);
}

bool endpoint_filter_reminds(const struct endpoint_options *options,
			     const struct endpoint_scope *scope)
{
	struct endpoint_scope of = *scope;
	bool all = true;
	for (size_t i = 0; all && i < EVENT_TYPE_COUNT; i++) {
		const struct event_type *type = event_type_at(i);
		of.type = type->name;
		all = type->group != EVENT_REMINDER || endpoint_filter_pass(options, &of);
	}
	return all;
}
