/*
 * A mailbox has a mailto:, a robot the URL that its group was given, and all others http(s).
 */
#include "jiebang/endpoint_url.h"

#include "jiebang/mail.h"
#include "jiebang/robot.h"

#include <stddef.h>

const char *endpoint_url_refusal(enum endpoint_format format, const char *url)
{
	if (format == FORMAT_MAIL)
		return mail_url_refusal(url);
	return mail_is_url(url) ? "mailto: goes with the format mail"
				: robot_url_refusal(format, url);
}
