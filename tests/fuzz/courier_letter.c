/*
 * A relay that says any bytes, in pieces of any size: the dialogue ends or goes on, what is said next is one of ours and
 * in order, and a mail is taken only when its text was said.
 */
#include "courier/letter.h"
#include "jiebang/fault.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const says[] = { "MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n", "DATA\r\n",
					    "x: y\r\n\r\n.\r\n" };
	struct letter letter = { .code = 0 };
	struct buf text = BUF_EMPTY;
	enum letter_verdict verdict = LETTER_MORE;
	size_t said = 0;
	buf_adds(&text, "x: y\r\n\r\n");
	letter_begin(&letter, "a@b", "c@d", &text);
	for (size_t at = 1;
	     size > 0 && at < size && (verdict == LETTER_MORE || verdict == LETTER_SEND);) {
		size_t step = data[0] % 64 + 1;
		step = step < size - at ? step : size - at;
		verdict = letter_feed(&letter, (const char *)data + at, step);
		at += step;
		said += verdict == LETTER_SEND;
		if (verdict != LETTER_OVER) {
			INVARIANT(said < 4 && letter.stage == said);
			INVARIANT(strcmp(buf_str(&letter.out), says[said]) == 0);
		}
		INVARIANT(letter.raw_len <= sizeof(letter.raw));
	}
	INVARIANT(verdict != LETTER_DONE || said == 3);
	INVARIANT(verdict != LETTER_OVER || letter.words);
	letter_clear(&letter);
	buf_clear(&text);
	return 0;
}
