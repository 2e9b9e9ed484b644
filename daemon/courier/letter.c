/*
 * The dialogue as a table: what is said at each stage, which answer leads on, and what a refusal there means.
 *
 * A refusal of the recipient or of the mail is the message's: "never" (5yz) ends it. A refusal of us, as a sender without
 * leave or without a password, is the operator's to mend: it is asked again like any failure, and nothing is lost for it.
 *
 * The text leaves before its answer is recorded. A relay that took it and died before it said so gets it again, with
 * the same Message-ID: a repeated notice costs a glance.
 */
#include "courier/letter.h"

#include "jiebang/fault.h"

#include <string.h>

static const struct stage {
	int wanted; /* the first digit of the code that leads on */
	bool ours;  /* a refusal is about us, not about this mail */
	const char *refused;
} stages[LETTER_STAGE_COUNT] = {
	[LETTER_MAIL] = { 2, true, "smtp: sender refused" },
	[LETTER_RCPT] = { 2, false, "smtp: recipient refused" },
	[LETTER_DATA] = { 3, false, "smtp: mail refused" },
	[LETTER_TEXT] = { 2, false, "smtp: mail refused" },
};

/* RFC 5321 section 3.8 and RFC 4954 section 6: these are about the relay and us wherever they come. */
static const struct {
	int code;
	const char *words;
} always_ours[] = {
	{ 421, "smtp: relay is closing" },
	{ 530, "smtp: authentication or TLS wanted" },
	{ 534, "smtp: authentication too weak" },
	{ 535, "smtp: user or password refused" },
	{ 538, "smtp: TLS wanted" },
};

static void say(struct letter *letter, enum letter_stage stage)
{
	letter->stage = stage;
	letter->begun = false;
	letter->reply_bytes = 0;
	buf_reset(&letter->out);
	if (stage == LETTER_RCPT)
		buf_addf(&letter->out, "RCPT TO:<%s>\r\n", letter->to);
	else if (stage == LETTER_DATA)
		buf_adds(&letter->out, "DATA\r\n");
	else if (stage == LETTER_TEXT)
		buf_add(&letter->out, letter->text->data, letter->text->len);
	if (stage == LETTER_TEXT)
		buf_adds(&letter->out, ".\r\n");
}

void letter_begin(struct letter *letter, const char *from, const char *to, const struct buf *text)
{
	INVARIANT(!strpbrk(from, "\r\n<>") && !strpbrk(to, "\r\n<>")); /* judged at the door */
	INVARIANT(text->len >= 2 && text->data[0] != '.' && !strstr(buf_str(text), "\n."));
	letter->to = to;
	letter->text = text;
	letter->code = 0;
	letter->raw_len = letter->line_len = 0;
	say(letter, LETTER_MAIL);
	buf_addf(&letter->out, "MAIL FROM:<%s>\r\n", from);
}

static enum letter_verdict over(struct letter *letter, enum attempt_end end, const char *words)
{
	letter->end = end;
	letter->words = words;
	return LETTER_OVER;
}

static enum letter_verdict refused(struct letter *letter)
{
	const struct stage *stage = &stages[letter->stage];
	int class = letter->code / 100;
	for (size_t i = 0; i < sizeof(always_ours) / sizeof(always_ours[0]); i++)
		if (always_ours[i].code == letter->code)
			return over(letter, ATTEMPT_DEFERRED, always_ours[i].words);
	if (class != 4 && class != 5)
		return over(letter, ATTEMPT_BROKEN, "smtp: answer out of place");
	bool never = class == 5 && !stage->ours;
	return over(letter, never ? ATTEMPT_REJECTED : ATTEMPT_DEFERRED, stage->refused);
}

static enum letter_verdict answered(struct letter *letter)
{
	if (letter->code / 100 != stages[letter->stage].wanted)
		return refused(letter);
	if (letter->stage == LETTER_TEXT)
		return LETTER_DONE;
	say(letter, (enum letter_stage)(letter->stage + 1));
	return LETTER_SEND;
}

static void keep_words(struct letter *letter, const char *words, size_t len)
{
	size_t room = sizeof(letter->raw) - letter->raw_len;
	if (letter->raw_len > 0 && room > 0) {
		letter->raw[letter->raw_len++] = ' ';
		room--;
	}
	len = len < room ? len : room;
	memcpy(letter->raw + letter->raw_len, words, len);
	letter->raw_len += len;
}

/* "250-first", "250 last", "250": three digits, and the same in each line. */
static enum letter_verdict take_line(struct letter *letter)
{
	const char *line = letter->line;
	size_t len = letter->line_len;
	int code = 0;
	letter->line_len = 0;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	for (size_t i = 0; i < 3; i++)
		code = len > i && line[i] >= '0' && line[i] <= '9' ? code * 10 + line[i] - '0'
								   : -10000;
	bool last = len == 3 || (len > 3 && line[3] == ' ');
	if (code < 200 || code > 599 || (!last && line[3] != '-') ||
	    (letter->begun && code != letter->code))
		return over(letter, ATTEMPT_BROKEN, "smtp: malformed answer");
	if (!letter->begun)
		letter->raw_len = 0;
	letter->begun = true;
	letter->code = code;
	if (len > 4)
		keep_words(letter, line + 4, len - 4);
	return last ? answered(letter) : LETTER_MORE;
}

enum letter_verdict letter_feed(struct letter *letter, const char *data, size_t len)
{
	enum letter_verdict verdict = LETTER_MORE;
	for (size_t i = 0; i < len; i++) {
		/* Nothing was asked any more: who answers before it is asked is out of step (RFC 2920 is not used). */
		if (verdict != LETTER_MORE)
			return over(letter, ATTEMPT_BROKEN, "smtp: answer out of place");
		if (++letter->reply_bytes > LETTER_REPLY_BYTES)
			return over(letter, ATTEMPT_TOO_LARGE, "smtp: answer too long");
		if (data[i] == '\n')
			verdict = take_line(letter);
		else if (letter->line_len < sizeof(letter->line))
			letter->line[letter->line_len++] = data[i];
		if (verdict == LETTER_DONE)
			letter->clean = i + 1 == len;
		if (verdict == LETTER_DONE || verdict == LETTER_OVER)
			return verdict;
	}
	return verdict;
}

void letter_clear(struct letter *letter)
{
	buf_clear(&letter->out);
}
