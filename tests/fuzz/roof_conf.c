/*
 * Configurations of any bytes: either refused with a place and a hint, or one that prints as text which loads to the
 * same configuration again.
 */
#include "conf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/*
 * libconfig 1.5 forgets the string that its lexer has in hand when the grammar then fails: some bytes for each refused
 * text. The unit tests run without this and see whether we forget a tree.
 */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static void check_conf(const struct conf *conf)
{
	struct conf *again = NULL;
	struct buf text = BUF_EMPTY;
	const char *name = NULL;
	conf_print(conf, &text);
	INVARIANT(conf_parse(buf_str(&text), text.len, "/fuzz/x.conf", &again, NULL) == FAULT_NONE);
	INVARIANT(!conf_changed_unreloadable(conf, again, &name));
	INVARIANT(again->n_listen == conf->n_listen && again->retry.n == conf->retry.n);
	conf_free(again);
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf = NULL;
	struct problem problem;
	char *text = xmalloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&problem, 0, sizeof(problem));
	if (conf_parse(text, size, "/fuzz/x.conf", &conf, &problem) == FAULT_NONE)
		check_conf(conf);
	else
		INVARIANT(strncmp(problem.detail, "/fuzz/x.conf:", 13) == 0 && problem.hint[0]);
	conf_free(conf);
	free(text);
	return 0;
}
