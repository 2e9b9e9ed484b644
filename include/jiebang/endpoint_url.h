/* Which URLs go with which format. */
#ifndef JIEBANG_ENDPOINT_URL_H
#define JIEBANG_ENDPOINT_URL_H

#include "jiebang/endpoint_format.h"

/* NULL, or why a URL does not go with the format: fixed words. Whether it may be called is the guard's to say. */
const char *endpoint_url_refusal(enum endpoint_format format, const char *url);

#endif
