/*
 * The dialogue with a relay: what is said, what each answer leads to, and that cutting the answers anywhere changes nothing.
 */
#include "courier/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define MAIL_SAID "MAIL FROM:<a@b>\r\n"
#define RCPT_SAID "RCPT TO:<c@d>\r\n"
#define DATA_SAID "DATA\r\n"
#define TEXT_SAID "To: c@d\r\n\r\nYQ==\r\n.\r\n"
#define ALL_SAID  MAIL_SAID RCPT_SAID DATA_SAID TEXT_SAID

struct heard {
	const char *answers[4]; /* one each time that something was said */
	enum letter_verdict verdict;
	enum attempt_end end;
	const char *words;
	const char *said;
	int code;
	const char *raw;
};

#define OK  "250 ok\r\n"
#define GO  "354 go\r\n"
#define BAD LETTER_OVER, ATTEMPT_BROKEN, "smtp: malformed answer"
#define OUT LETTER_OVER, ATTEMPT_BROKEN, "smtp: answer out of place"

/* clang-format off */
static const struct heard cases[] = {
	{ { OK, OK, GO, "250 2.0.0 queued as 1\r\n" }, LETTER_DONE, ATTEMPT_ANSWERED, NULL, ALL_SAID, 250, "2.0.0 queued as 1" },
	{ { "250-first\r\n250-\r\n250 last\r\n", "251 forwarded\r\n", "354\r\n", "250\n" }, LETTER_DONE, ATTEMPT_ANSWERED, NULL, ALL_SAID, 250, "" },
	/* Of us: asked again, whatever the class. */
	{ { "550 5.7.1 who are you\r\n" }, LETTER_OVER, ATTEMPT_DEFERRED, "smtp: sender refused", MAIL_SAID, 550, "5.7.1 who are you" },
	{ { "451 later\r\n" }, LETTER_OVER, ATTEMPT_DEFERRED, "smtp: sender refused", MAIL_SAID, 451, "later" },
	{ { "530 5.7.0 TLS first\r\n" }, LETTER_OVER, ATTEMPT_DEFERRED, "smtp: authentication or TLS wanted", MAIL_SAID, 530, "5.7.0 TLS first" },
	{ { OK, "535 no\r\n" }, LETTER_OVER, ATTEMPT_DEFERRED, "smtp: user or password refused", MAIL_SAID RCPT_SAID, 535, "no" },
	/* Of the mail: never is never. */
	{ { OK, "550-5.1.1 no\r\n550 5.1.1 such user\r\n" }, LETTER_OVER, ATTEMPT_REJECTED, "smtp: recipient refused", MAIL_SAID RCPT_SAID, 550, "5.1.1 no 5.1.1 such user" },
	{ { OK, "450 4.2.0 greylisted\r\n" }, LETTER_OVER, ATTEMPT_DEFERRED, "smtp: recipient refused", MAIL_SAID RCPT_SAID, 450, "4.2.0 greylisted" },
	{ { OK, "421 closing\r\n" }, LETTER_OVER, ATTEMPT_DEFERRED, "smtp: relay is closing", MAIL_SAID RCPT_SAID, 421, "closing" },
	{ { OK, OK, "554 no valid recipients\r\n" }, LETTER_OVER, ATTEMPT_REJECTED, "smtp: mail refused", MAIL_SAID RCPT_SAID DATA_SAID, 554, "no valid recipients" },
	{ { OK, OK, GO, "552 too big\r\n" }, LETTER_OVER, ATTEMPT_REJECTED, "smtp: mail refused", ALL_SAID, 552, "too big" },
	{ { OK, OK, GO, "452 disk full\r\n" }, LETTER_OVER, ATTEMPT_DEFERRED, "smtp: mail refused", ALL_SAID, 452, "disk full" },
	/* Nonsense is a broken connection. */
	{ { "HTTP/1.1 400 Bad\r\n" }, BAD, MAIL_SAID, 0, "" },
	{ { "\r\n" }, BAD, MAIL_SAID, 0, "" },
	{ { "25\r\n" }, BAD, MAIL_SAID, 0, "" },
	{ { "250ok\r\n" }, BAD, MAIL_SAID, 0, "" },
	{ { "150 ok\r\n" }, BAD, MAIL_SAID, 0, "" },
	{ { "650 ok\r\n" }, BAD, MAIL_SAID, 0, "" },
	{ { "250-one\r\n550 two\r\n" }, BAD, MAIL_SAID, 250, "one" },
	{ { "354 go\r\n" }, OUT, MAIL_SAID, 354, "go" },
	{ { OK, OK, OK }, OUT, MAIL_SAID RCPT_SAID DATA_SAID, 250, "ok" },
	/* An answer to what was not said yet. */
	{ { OK OK }, OUT, MAIL_SAID RCPT_SAID, 250, "ok" },
};
/* clang-format on */

/* Feeds in pieces of `step` octets; what was said is gathered. */
static enum letter_verdict play(struct letter *letter, const struct heard *heard, size_t step,
				struct buf *said)
{
	enum letter_verdict verdict = LETTER_SEND;
	for (size_t i = 0; verdict == LETTER_SEND; i++) {
		const char *answer = heard->answers[i];
		size_t len = strlen(answer);
		buf_add(said, letter->out.data, letter->out.len);
		verdict = LETTER_MORE;
		for (size_t at = 0; at < len && verdict != LETTER_OVER && verdict != LETTER_DONE;
		     at += step) {
			if (verdict == LETTER_SEND)
				buf_add(said, letter->out.data, letter->out.len);
			verdict =
				letter_feed(letter, answer + at, len - at < step ? len - at : step);
		}
	}
	return verdict;
}

static void check(const struct heard *heard, size_t step)
{
	struct letter letter = { .code = -1 };
	struct buf text = BUF_EMPTY, said = BUF_EMPTY;
	buf_adds(&text, "To: c@d\r\n\r\nYQ==\r\n");
	letter_begin(&letter, "a@b", "c@d", &text);
	enum letter_verdict verdict = play(&letter, heard, step, &said);
	assert_int_equal(verdict, heard->verdict);
	assert_int_equal(letter.code, heard->code);
	assert_int_equal(letter.raw_len, strlen(heard->raw));
	assert_memory_equal(letter.raw, heard->raw, letter.raw_len);
	if (heard->words) {
		assert_int_equal(letter.end, heard->end);
		assert_string_equal(letter.words, heard->words);
	} else {
		assert_true(letter.clean);
	}
	/* Who answers what was not asked: whether it was said by then is a matter of pieces. */
	if (strcmp(heard->answers[0], OK OK) != 0)
		assert_string_equal(buf_str(&said), heard->said);
	letter_clear(&letter);
	buf_clear(&text);
	buf_clear(&said);
}

static void test_dialogues(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(&cases[i], 1000);
}

static void test_in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (strcmp(cases[i].answers[0], OK OK) != 0)
			for (size_t step = 1; step < 12; step++)
				check(&cases[i], step);
}

/* Lines may be as long as they like, answers not. */
static void test_bounds(void **state)
{
	(void)state;
	struct letter letter = { .code = -1 };
	struct buf text = BUF_EMPTY;
	char line[1024];
	buf_adds(&text, "x\r\n");
	memset(line, 'x', sizeof(line));
	memcpy(line, "250-", 4);
	line[sizeof(line) - 1] = '\n';
	letter_begin(&letter, "a@b", "c@d", &text);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(letter_feed(&letter, line, sizeof(line)), LETTER_MORE);
	assert_int_equal(letter.raw_len, sizeof(letter.raw));
	assert_int_equal(letter_feed(&letter, line, 1), LETTER_OVER);
	assert_int_equal(letter.end, ATTEMPT_TOO_LARGE);
	letter_clear(&letter);
	buf_clear(&text);
}

/* What comes behind the last answer makes the connection useless, and the mail no less delivered. */
static void test_behind(void **state)
{
	(void)state;
	struct letter letter = { .code = -1 };
	struct buf text = BUF_EMPTY;
	buf_adds(&text, "x\r\n");
	letter_begin(&letter, "a@b", "c@d", &text);
	assert_int_equal(letter_feed(&letter, OK, strlen(OK)), LETTER_SEND);
	assert_int_equal(letter_feed(&letter, OK, strlen(OK)), LETTER_SEND);
	assert_int_equal(letter_feed(&letter, GO, strlen(GO)), LETTER_SEND);
	assert_int_equal(letter_feed(&letter, OK "4", strlen(OK) + 1), LETTER_DONE);
	assert_false(letter.clean);
	letter_clear(&letter);
	buf_clear(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogues),
		cmocka_unit_test(test_in_pieces),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
