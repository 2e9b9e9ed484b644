/*
 * Mail, pure: which addresses are taken, and what a message becomes as a mail (RFC 5322, 2045, 2047, 3834). Now is handed in.
 *
 * Whatever a name, a project or an operator's text holds, it can't end a header line: what is beyond printable ASCII is
 * written as base64, and addresses of anything else are refused.
 */
#ifndef JIEBANG_MAIL_H
#define JIEBANG_MAIL_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAIL_ADDRESS_BYTES                                                                         \
	255 /* RFC 5321 section 4.5.3.1.3: a path of 256 octets holds one of 254 */

/* NULL, or why this is no address that mail is sent to or from: fixed words. user@host in ASCII, host by its name. */
const char *mail_address_refusal(const char *address);
/* The same of an endpoint's URL, "mailto:clerk@unit.example" (RFC 6068): the address, and nothing more. */
const char *mail_url_refusal(const char *url);
bool mail_is_url(const char *url); /* of the scheme mailto */
/* The address in a URL that is not refused. */
const char *mail_url_address(const char *url);

struct mail {
	const char *from;      /* an address */
	const char *from_name; /* NULL: none */
	const char *reply_to;  /* an address; NULL: none */
	const char *to;        /* an address */
	const char *id;        /* webhook-id: the same at every attempt, and so is the Message-ID */
	const char *body;      /* the frozen one: {"type",…,"data":{…,"text":{"zh","en"}}} */
	size_t body_len;
	const char *language; /* "zh" or "en" */
	int64_t sent_at;      /* Date: of this attempt */
};

/*
 * Appends the whole mail, its lines ended by CRLF and none longer than 78 octets but for an address's. The subject is the text's first
 * line. False, and nothing is written, if the body holds no message.
 */
bool mail_write(const struct mail *mail, struct buf *out);

#endif
