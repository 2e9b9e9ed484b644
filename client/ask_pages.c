/*
 * Walking a paged list. Memory holds one page; rows go out while the next page is not yet asked for.
 */
#include "ask.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "say.h"

#define PAGE_ROWS 500

struct walk {
	struct client *client;
	const struct pages *pages;
	int64_t left; /* rows still wanted; -1: all */
	char *cursor; /* NULL: from the beginning */
	bool done;
};

static void page_target(struct buf *out, const char *target, const struct walk *walk)
{
	int64_t rows = walk->left >= 0 && walk->left < PAGE_ROWS ? walk->left : PAGE_ROWS;

	buf_addf(out, "%s%climit=%" PRId64, target, strchr(target, '?') != NULL ? '&' : '?', rows);
	if (walk->cursor != NULL) {
		buf_adds(out, "&cursor=");
		call_encode(out, walk->cursor);
	}
}

static void take_rows(struct walk *walk, const struct jr_value *data)
{
	for (size_t i = 0; i < jr_count(data) && walk->left != 0; i++) {
		if (!walk->pages->row(walk->pages->arg, jr_item(data, i))) {
			walk->done = true;
			return;
		}
		if (walk->left > 0)
			walk->left--;
	}
	if (walk->left == 0)
		walk->done = true;
}

/* A server that hands out the same cursor twice would keep us forever. */
static int move_on(struct walk *walk, const char *next)
{
	if (next[0] == '\0')
		walk->done = true;
	else if (walk->cursor != NULL && strcmp(walk->cursor, next) == 0 && !walk->done) {
		say(TEXT_GARBAGE, call_server(walk->client->call), say_text(TEXT_LIST_STUCK));
		return CODE_FAILED;
	}
	free(walk->cursor);
	walk->cursor = xstrdup(next);
	return CODE_OK;
}

static int take_page(struct walk *walk, const struct jr_doc *doc)
{
	const struct jr_value *root = doc != NULL ? jr_root(doc) : NULL;
	const struct jr_value *data = root != NULL ? write_at(root, "data") : NULL;

	if (data == NULL || jr_type(data) != JR_ARRAY) {
		say(TEXT_GARBAGE, call_server(walk->client->call), say_text(TEXT_NOT_A_LIST));
		return CODE_FAILED;
	}
	take_rows(walk, data);
	if (walk->pages->page != NULL)
		walk->pages->page(walk->pages->arg);
	if (out_failed())
		walk->done = true;
	return move_on(walk, write_string_at(root, "next"));
}

int ask_pages(struct client *client, const char *target, const struct pages *pages)
{
	struct walk walk = { .client = client,
			     .pages = pages,
			     .left = client->limit > 0 ? client->limit : -1 };
	int code = CODE_OK;

	while (code == CODE_OK && !walk.done) {
		struct buf full = BUF_EMPTY;
		struct jr_doc *doc = NULL;

		page_target(&full, target, &walk);
		code = ask_get(client, buf_str(&full), &doc);
		if (code == CODE_OK)
			code = take_page(&walk, doc);
		jr_free(doc);
		buf_clear(&full);
	}
	free(walk.cursor);
	return code;
}
