/*
 * Mails of any text: a header that nothing in it can end or add to, no line that is too long or would end the mail, and behind
 * it the text and nothing else.
 */
#include "jiebang/digest.h"
#include "jiebang/fault.h"
#include "jiebang/json.h"
#include "jiebang/mail.h"

#include <string.h>

#define LINE_MAX_BYTES 998 /* RFC 5322 section 2.1.1 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every header that there is, in order; a folded line goes on with a space. */
static const char *check_header(const char *at)
{
	static const char *const names[] = { "Date: ",
					     "From: ",
					     "To: ",
					     "Subject: ",
					     "Message-ID: ",
					     "Auto-Submitted: ",
					     "X-Auto-Response-Suppress: ",
					     "X-Jiebang-Id: ",
					     "X-Jiebang-Type: ",
					     "Content-Language: ",
					     "MIME-Version: ",
					     "Content-Type: ",
					     "Content-Transfer-Encoding: " };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		INVARIANT(strncmp(at, names[i], strlen(names[i])) == 0);
		do {
			at = strchr(at, '\n') + 1;
		} while (*at == ' ');
	}
	INVARIANT(at[0] == '\r' && at[1] == '\n');
	return at + 2;
}

static void check_lines(const char *text)
{
	for (; *text; text = strchr(text, '\n') + 1) {
		const char *end = strchr(text, '\n');
		INVARIANT(end && end - text <= LINE_MAX_BYTES && end > text && end[-1] == '\r');
		INVARIANT(*text != '.');
		for (const char *c = text; c < end - 1; c++)
			INVARIANT(*c >= 0x20 && *c < 0x7F);
	}
}

static void check_text(const char *lines)
{
	uint8_t octets[64];
	for (; *lines; lines = strchr(lines, '\n') + 1) {
		size_t len = strcspn(lines, "\r");
		INVARIANT(len <= 76 &&
			  digest_base64_decode(lines, len, octets, sizeof(octets)) > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf body = BUF_EMPTY, name = BUF_EMPTY, out = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &body);
	buf_adds(&body, "{\"type\":\"t\",\"data\":{\"text\":{\"zh\":");
	jw_str_n(&jw, (const char *)data, size); /* made UTF-8 here, as by whoever writes bodies */
	buf_adds(&body, "}}}");
	for (size_t i = 0; i < size && i < 40; i++) /* an operator's name is plain text */
		buf_addc(&name, (char)(0x20 + data[i] % 0x5F));
	struct mail mail = { .from = "a@b.example",
			     .from_name = buf_str(&name),
			     .to = "c@d.example",
			     .id = "msg_x",
			     .body = buf_str(&body),
			     .body_len = body.len,
			     .language = "zh" };
	/* A NUL is no text in JSON here. */
	bool written = mail_write(&mail, &out);
	INVARIANT(written == !memchr(data, '\0', size) || size == 0);
	if (written) {
		check_lines(buf_str(&out));
		check_text(check_header(buf_str(&out)));
	}
	buf_clear(&body);
	buf_clear(&name);
	buf_clear(&out);
	return 0;
}
