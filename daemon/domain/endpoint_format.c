/*
 * The names of formats.
 */
#include "jiebang/endpoint_format.h"

#include <stddef.h>
#include <string.h>

static const char *const names[FORMAT_COUNT] = {
	[FORMAT_STANDARD] = "standard", [FORMAT_WECOM] = "wecom",
	[FORMAT_DINGTALK] = "dingtalk", [FORMAT_FEISHU] = "feishu",
	[FORMAT_MAIL] = "mail",         [FORMAT_CLOUDEVENTS] = "cloudevents",
};

const char *endpoint_format_name(enum endpoint_format format)
{
	return names[format];
}

bool endpoint_format_parse(const char *name, enum endpoint_format *out)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum endpoint_format)i;
			return true;
		}
	}
	return false;
}
