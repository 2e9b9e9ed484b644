/*
 * Files of texts with any bytes: each mistake is a line of its own with its place; a text that was taken can be said,
 * within its bound, and is UTF-8.
 */
#include "jiebang/fault.h"
#include "jiebang/template.h"
#include "jiebang/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say_all(const struct templates *set)
{
	struct template_values values = { .when = TEMPLATE_WHEN_BEFORE,
					  .what = TEMPLATE_OBLIGATION_CLOSED };
	for (int i = 0; i < TEMPLATE_VAR_COUNT; i += 2)
		values.text[i] = template_var_example((enum template_var)i, TEMPLATE_ZH);
	for (int i = TEMPLATE_NONE + 1; i < TEMPLATE_TEXT_COUNT; i++) {
		struct buf said = BUF_EMPTY;
		template_say(set, TEMPLATE_ZH, (enum template_text)i, &values, &said);
		INVARIANT(said.len <= TEMPLATE_SAID_MAX_BYTES);
		INVARIANT(text_utf8_valid(buf_str(&said), said.len));
		buf_clear(&said);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct templates *shipped; /* read once: reading them would be nearly all of a run */
	shipped = shipped ? shipped : templates_new();
	struct templates *set = templates_copy(shipped);
	struct buf mistakes = BUF_EMPTY;
	size_t n = templates_read(set, TEMPLATE_ZH, (const char *)data, size, "f", &mistakes);
	const char *line = buf_str(&mistakes);
	INVARIANT((n == 0) == (mistakes.len == 0));
	for (; *line; line = strchr(line, '\n') + 1)
		INVARIANT(strncmp(line, "f:", 2) == 0 && strchr(line, '\n'));
	if (n == 0)
		say_all(set);
	buf_clear(&mistakes);
	templates_free(set);
	return 0;
}
