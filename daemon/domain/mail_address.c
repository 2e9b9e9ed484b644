/*
 * Addresses. What RFC 5321 lets through is more than anybody uses and more than relays agree on: quoted local parts, comments,
 * literals of hosts, letters beyond ASCII (RFC 6531). Taken here is what can't be misread: dots and the letters of
 * RFC 5322's atoms before the @, a name of a host behind it. A line end can't be in it, nor a second recipient.
 */
#include "jiebang/mail.h"

#include <string.h>
#include <strings.h>

#define SCHEME          "mailto:"
#define LOCAL_MAX_BYTES 64
#define LABEL_MAX_BYTES 63
#define ALNUM           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
/* Without % ? and &, which mean something in a URL. */
#define ATOM ALNUM "!#$'*+-/=^_`{|}~"

static bool dotted(const char *text, size_t len, const char *letters, size_t part_max)
{
	while (len > 0) {
		size_t part = strspn(text, letters);
		if (part == 0 || part > part_max || part > len)
			return false;
		text += part;
		len -= part;
		if (len == 0)
			return true;
		if (*text != '.')
			return false;
		text++;
		len--;
	}
	return false;
}

static bool is_host(const char *text)
{
	size_t len = strlen(text);
	for (const char *c = text; *c;
	     c++) /* RFC 5321 section 2.3.5: no label begins or ends with it */
		if (*c == '-' && (c == text || c[-1] == '.' || c[1] == '.' || c[1] == '\0'))
			return false;
	return dotted(text, len, ALNUM "-", LABEL_MAX_BYTES);
}

/* What people write, and what is said to it; else the parts are looked at. */
static const char *letters_refusal(const char *address)
{
	for (const unsigned char *c = (const unsigned char *)address; *c; c++) {
		if (*c < 0x20 || *c == 0x7F)
			return "a control character in the address";
		if (*c >= 0x80)
			return "letters beyond ASCII in the address: write its domain as xn--…";
	}
	if (address[strcspn(address, " ,;:<>()\"\\?&%")])
		return "the address alone is wanted: one, without name, subject or encoding";
	return NULL;
}

const char *mail_address_refusal(const char *address)
{
	const char *words = letters_refusal(address);
	const char *at = strchr(address, '@');
	if (words)
		return words;
	if (!at || strchr(at + 1, '@'))
		return "the address must be user@host";
	if (strlen(address) >= MAIL_ADDRESS_BYTES || at - address > LOCAL_MAX_BYTES)
		return "the address is too long: 64 bytes before the @, 254 in all";
	if (!dotted(address, (size_t)(at - address), ATOM, LOCAL_MAX_BYTES))
		return "malformed before the @";
	return is_host(at + 1) ? NULL : "malformed host behind the @";
}

bool mail_is_url(const char *url)
{
	return strncasecmp(url, SCHEME, sizeof(SCHEME) - 1) == 0;
}

const char *mail_url_refusal(const char *url)
{
	return mail_is_url(url) ? mail_address_refusal(mail_url_address(url))
				: "write mailto: and the address";
}

const char *mail_url_address(const char *url)
{
	return url + sizeof(SCHEME) - 1;
}
