/*
 * The languages that endpoints speak: the signed JSON of Standard Webhooks, alone or as a CloudEvent, the three chat robots of DOMAIN.md, and
 * plain mail. The word is the same in the API, the database and on the command line.
 */
#ifndef JIEBANG_ENDPOINT_FORMAT_H
#define JIEBANG_ENDPOINT_FORMAT_H

#include <stdbool.h>

enum endpoint_format {
	FORMAT_STANDARD = 0,
	FORMAT_WECOM,
	FORMAT_DINGTALK,
	FORMAT_FEISHU,
	FORMAT_MAIL,
	FORMAT_CLOUDEVENTS,
	FORMAT_COUNT
};

const char *endpoint_format_name(enum endpoint_format format);
bool endpoint_format_parse(const char *name, enum endpoint_format *out);

#endif
