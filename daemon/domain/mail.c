/*
 * A message as a mail. Header lines are folded at spaces that we put there ourselves; encoded words (RFC 2047) are cut at the
 * ends of characters, and never longer than 75 octets, nor their line than 76. The text is base64 throughout: it is
 * Chinese more often than not, and nothing in it can then be taken for a line that ends the mail (RFC 5321 section 4.5.2).
 *
 * Made by a machine and read by people: Auto-Submitted (RFC 3834) and X-Auto-Response-Suppress (what Exchange reads instead)
 * keep replies of absent clerks from coming back.
 */
#include "jiebang/mail.h"

#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/fault.h"
#include "jiebang/json.h"
#include "jiebang/text.h"

#include <stdio.h>
#include <string.h>

#define LINE_BYTES                                                                                 \
	76 /* of a line with an encoded word (RFC 2047 section 2), and of base64 (RFC 2045 section 6.8) */
#define SUBJECT_CHARS     120 /* as many as anybody's list of mails shows */
#define WORD_BEGIN        "=?UTF-8?B?"
#define WORD_END          "?="
#define WORD_FRAME_BYTES  (sizeof(WORD_BEGIN) - 1 + sizeof(WORD_END) - 1)
#define TEXT_LINE_BYTES   (LINE_BYTES / 4 * 3)
#define HEADER_NAME_BYTES 32

static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* ---- words in header lines ---- */

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7E)
			return false;
	return true;
}

/* As many octets of whole characters as fit; at least one character. */
static size_t piece_of(const char *text, size_t room)
{
	size_t len = 0, whole = strlen(text);
	while (len < whole) {
		size_t bytes = text_utf8_sequence(text + len, whole - len);
		bytes = bytes ? bytes : 1;
		if (len > 0 && len + bytes > room)
			break;
		len += bytes;
	}
	return len;
}

/* `used`: octets of the line so far. */
static void add_encoded(struct buf *out, size_t used, const char *text)
{
	while (*text) {
		size_t len = piece_of(text, (LINE_BYTES - used - WORD_FRAME_BYTES) / 4 * 3);
		buf_adds(out, WORD_BEGIN);
		digest_base64(text, len, out);
		buf_adds(out, WORD_END);
		text += len;
		if (*text)
			buf_adds(out, "\r\n ");
		used = 1;
	}
}

static void add_subject(struct buf *out, const char *text)
{
	static const char name[] = "Subject: ";
	size_t used = sizeof(name) - 1;
	buf_adds(out, name);
	if (is_plain(text) && used + strlen(text) <= LINE_BYTES && !strstr(text, "=?"))
		buf_adds(out, text);
	else
		add_encoded(out, used, text);
	buf_adds(out, "\r\n");
}

/* A name for people is a phrase (RFC 5322 section 3.2.5): quoted, or encoded words; the address goes to the next line. */
static void add_mailbox(struct buf *out, const char *header, const char *name, const char *address)
{
	buf_addf(out, "%s: ", header);
	if (name && name[0] && is_plain(name) && strlen(name) <= LINE_BYTES - HEADER_NAME_BYTES) {
		buf_addc(out, '"');
		for (; *name; name++)
			buf_addf(out, "%s%c", *name == '"' || *name == '\\' ? "\\" : "", *name);
		buf_adds(out, "\"\r\n ");
	} else if (name && name[0]) {
		add_encoded(out, strlen(header) + 2, name);
		buf_adds(out, "\r\n ");
	}
	buf_addf(out, name ? "<%s>\r\n" : "%s\r\n", address);
}

/* Beijing time, as everywhere. */
static void add_date(struct buf *out, int64_t at)
{
	int year, month, day_of_month;
	int32_t day = civil_day_of(at);
	int64_t second = at - civil_start_at(day);
	civil_to_ymd(day, &year, &month, &day_of_month);
	buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0800\r\n", days[civil_weekday(day)],
		 day_of_month, months[month - 1], year, (int)(second / 3600),
		 (int)(second / 60 % 60), (int)(second % 60));
}

/* ---- the text ---- */

/* The first line, without what a header can't hold. */
static void take_subject(const char *text, struct buf *out)
{
	size_t whole = strcspn(text, "\r\n"), len = 0;
	for (int chars = 0; len < whole && chars < SUBJECT_CHARS; chars++) {
		size_t bytes = text_utf8_sequence(text + len, whole - len);
		bytes = bytes ? bytes : 1;
		bool control = bytes == 1 && ((unsigned char)text[len] < 0x20 || text[len] == 0x7F);
		if (control)
			buf_addc(out, ' ');
		else
			buf_add(out, text + len, bytes);
		len += bytes;
	}
	if (len < whole)
		buf_adds(out, "…");
}

/* Line ends become CRLF, the canonical form that base64 is made of (RFC 2045 section 6.8); one ends the text. */
static void take_lines(const char *text, struct buf *out)
{
	while (*text) {
		size_t len = strcspn(text, "\r\n");
		buf_add(out, text, len);
		buf_adds(out, "\r\n");
		text += len;
		text += text[0] == '\r' && text[1] == '\n' ? 2 : text[0] != '\0';
	}
}

static void add_base64(struct buf *out, const struct buf *text)
{
	for (size_t at = 0; at < text->len; at += TEXT_LINE_BYTES) {
		size_t left = text->len - at;
		digest_base64(text->data + at, left < TEXT_LINE_BYTES ? left : TEXT_LINE_BYTES,
			      out);
		buf_adds(out, "\r\n");
	}
}

static const char *text_of(const struct jr_value *root, const char *language)
{
	return jr_string(jr_member(jr_member(jr_member(root, "data"), "text"), language));
}

/* ---- the whole ---- */

static void add_headers(struct buf *out, const struct mail *mail, const char *type,
			const char *subject)
{
	const char *at = strchr(mail->from, '@');
	INVARIANT(at && is_plain(mail->id) && is_plain(mail->to));
	add_date(out, mail->sent_at);
	add_mailbox(out, "From", mail->from_name, mail->from);
	add_mailbox(out, "To", NULL, mail->to);
	if (mail->reply_to)
		add_mailbox(out, "Reply-To", NULL, mail->reply_to);
	add_subject(out, subject);
	buf_addf(out, "Message-ID: <%s%s>\r\n", mail->id, at);
	buf_adds(out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
	buf_addf(out, "X-Jiebang-Id: %s\r\n", mail->id);
	if (type && is_plain(type))
		buf_addf(out, "X-Jiebang-Type: %s\r\n", type);
	buf_addf(out, "Content-Language: %s\r\n", mail->language);
	buf_adds(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: base64\r\n\r\n");
}

bool mail_write(const struct mail *mail, struct buf *out)
{
	struct jr_doc *doc;
	struct buf subject = BUF_EMPTY, lines = BUF_EMPTY;
	if (jr_read(mail->body, mail->body_len, &doc, NULL) != FAULT_NONE)
		return false;
	const char *text = text_of(jr_root(doc), mail->language);
	if (text) {
		take_subject(text, &subject);
		take_lines(text, &lines);
		add_headers(out, mail, jr_string(jr_member(jr_root(doc), "type")),
			    buf_str(&subject));
		add_base64(out, &lines);
	}
	bool written = text != NULL;
	buf_clear(&subject);
	buf_clear(&lines);
	jr_free(doc);
	return written;
}
