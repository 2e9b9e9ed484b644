/*
 * The table of options: each row says where the value lies, what it may be, and what it is for.
 */
#include "jiebang/endpoint_options.h"

#include "jiebang/event_type.h"
#include "jiebang/mail.h"
#include "jiebang/pace.h"
#include "jiebang/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum option_kind { OPTION_INT, OPTION_WAITS, OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

struct option_row {
	const char *name;
	enum option_kind kind;
	size_t offset;
	int64_t min,
		max; /* of a number, or of each in a list; max: the room for a text, or for all words */
	const char *takes;
	bool (*fits)(const char *text); /* the text, or each word of a list */
};

/* ---- texts ---- */

static bool fits_tls(const char *text)
{
	return strcmp(text, "1.2") == 0 || strcmp(text, "1.3") == 0;
}

static bool fits_language(const char *text)
{
	return strcmp(text, "zh") == 0 || strcmp(text, "en") == 0;
}

static bool fits_address(const char *text)
{
	uint8_t address[16];
	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Without a user: options are shown to whoever may see the endpoint. */
static bool fits_proxy(const char *text)
{
	static const char *const schemes[] = { "http://", "https://", "socks5://", "socks5h://" };
	static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-:[]";
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);
		if (strncmp(text, schemes[i], len) == 0 && text[len] && text[len] != ':')
			return text[len + strspn(text + len, host)] == '\0';
	}
	return strcmp(text, "none") == 0;
}

static bool fits_path(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F)
			return false;
	return text[0] == '/';
}

static bool fits_unit(const char *text)
{
	int64_t key;
	return text_id_parse(text, "un", &key);
}

static bool fits_any(const char *text)
{
	return text[0] != '\0';
}

/* As it would stand in a message: no line, no quote that could end what it stands in. */
static bool fits_keyword(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || strchr("\"\\<>\x7F", *c))
			return false;
	return text[0] != '\0';
}

static bool fits_mention(const char *text)
{
	static const char id[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789_-.@";
	return text[0] && text[strspn(text, id)] == '\0';
}

#define AT(member)   offsetof(struct endpoint_options, member)
#define ROOM(member) sizeof(((struct endpoint_options *)NULL)->member)
#define TEXT(member) OPTION_TEXT, AT(member), 0, ROOM(member)
#define LIST(member) OPTION_LIST, AT(member), 0, ROOM(member)
#define PATH_WORDS   "the full path of a PEM file, at most 255 bytes"

static const struct option_row rows[] = {
	{ "concurrency", OPTION_INT, AT(concurrency), 1, 64, "1 to 64 attempts at once", NULL },
	{ "timeout_s", OPTION_INT, AT(timeout_s), 1, 120, "1 to 120 seconds for a whole attempt",
	  NULL },
	{ "retry_s", OPTION_WAITS, AT(retry), 1, 7 * 86400,
	  "1 to 16 waits between attempts, each 1 second to 7 days", NULL },
	{ "https_only", OPTION_FLAG, AT(https_only), 0, 0, "true or false", NULL },
	{ "tls_min", TEXT(tls_min), "1.2 or 1.3", fits_tls },
	{ "source", TEXT(source), "an address of this machine, IPv4 or IPv6", fits_address },
	{ "proxy", TEXT(proxy),
	  "http://, https://, socks5:// or socks5h:// with host and port, no user and no path, or "
	  "none",
	  fits_proxy },
	{ "ca_file", TEXT(ca_file), PATH_WORDS, fits_path },
	{ "client_cert", TEXT(client_cert), PATH_WORDS, fits_path },
	{ "client_key", TEXT(client_key), PATH_WORDS, fits_path },
	{ "fifo", OPTION_FLAG, AT(fifo), 0, 0, "true or false: one message after the other", NULL },
	{ "language", TEXT(language), "zh or en: what a person reads in a chat or a mail",
	  fits_language },
	{ "events", LIST(events),
	  "types of messages, such as obligation.overdue or obligation.* (GET /v1/event-types), at "
	  "most 511 bytes in all",
	  event_type_pattern },
	{ "programmes", LIST(programmes), "ids of programmes, at most 255 bytes in all", fits_any },
	{ "tracks", LIST(tracks), "ids of tracks, at most 255 bytes in all", fits_any },
	{ "regions", LIST(regions),
	  "regions as the shortlist writes them, at most 255 bytes in all", fits_any },
	{ "units", LIST(units), "ids of units, such as un_7, at most 511 bytes in all", fits_unit },
	{ "rate_per_minute", OPTION_INT, AT(rate_per_minute), 1, PACE_PER_MINUTE_MAX,
	  "1 to 6000 attempts in any minute", NULL },
	{ "keyword", TEXT(keyword), "a word of at most 63 bytes, without quotes and < or >",
	  fits_keyword },
	{ "mentions", LIST(mentions),
	  "users' ids, mobile numbers, or all, at most 511 bytes in all", fits_mention },
	{ "plain_text", OPTION_FLAG, AT(plain_text), 0, 0, "true or false", NULL },
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void *place(struct endpoint_options *options, const struct option_row *row)
{
	return (char *)options + row->offset;
}

static const void *place_of(const struct endpoint_options *options, const struct option_row *row)
{
	return (const char *)options + row->offset;
}

/* ---- refusals ---- */

static enum fault wrong(const struct option_row *row, struct problem *problem)
{
	problem_set(problem, FAULT_UNPROCESSED, "%s takes %s", row->name, row->takes);
	if (problem)
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/options/%s",
			       row->name);
	return FAULT_UNPROCESSED;
}

static enum fault unknown(const char *name, struct problem *problem)
{
	const char *known[N_ROWS + 1];
	struct buf all = BUF_EMPTY;
	for (size_t i = 0; i < N_ROWS; i++) {
		known[i] = rows[i].name;
		buf_addf(&all, "%s%s", i ? ", " : "", rows[i].name);
	}
	known[N_ROWS] = NULL;
	const char *near = text_suggest(name, known);
	problem_set(problem, FAULT_UNPROCESSED, "there is no option \"%.40s\"%s%s%s; there are: %s",
		    name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "",
		    buf_str(&all));
	buf_clear(&all);
	if (problem)
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/options/%.100s", name);
	return FAULT_UNPROCESSED;
}

/* ---- values ---- */

static bool whole_number(const char *text, size_t len, int64_t *out)
{
	char digits[24];
	text = text_trim(text, &len);
	return text_copy_n(digits, sizeof(digits), text, len) &&
	       text_parse_i64(digits, 0, INT64_MAX, out);
}

static bool take_number(const struct option_row *row, const struct jr_value *value, int64_t *out)
{
	const char *text = jr_string(value);
	bool number = text ? whole_number(text, strlen(text), out) : jr_integer(value, out);
	return number && *out >= row->min && *out <= row->max;
}

static bool take_int(const struct option_row *row, const struct jr_value *value,
		     struct endpoint_options *options)
{
	int64_t number;
	if (!take_number(row, value, &number))
		return false;
	*(int *)place(options, row) = (int)number;
	return true;
}

static bool add_wait(const struct option_row *row, int64_t wait_s, struct retry_schedule *schedule)
{
	if (wait_s < row->min || wait_s > row->max || schedule->n == RETRY_ATTEMPTS_MAX)
		return false;
	schedule->wait_s[schedule->n++] = wait_s;
	return true;
}

static bool waits_of_text(const struct option_row *row, const char *text,
			  struct retry_schedule *schedule)
{
	for (;;) {
		int64_t wait_s;
		size_t len = strcspn(text, ",");
		if (!whole_number(text, len, &wait_s) || !add_wait(row, wait_s, schedule))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

static bool take_waits(const struct option_row *row, const struct jr_value *value,
		       struct endpoint_options *options)
{
	struct retry_schedule schedule = { .n = 0 };
	bool good = true;
	int64_t wait_s;
	if (jr_string(value))
		good = waits_of_text(row, jr_string(value), &schedule);
	else
		for (size_t i = 0; good && i < jr_count(value); i++)
			good = jr_integer(jr_item(value, i), &wait_s) &&
			       add_wait(row, wait_s, &schedule);
	if (!good || schedule.n == 0)
		return false;
	*(struct retry_schedule *)place(options, row) = schedule;
	return true;
}

static bool take_flag(const struct option_row *row, const struct jr_value *value,
		      struct endpoint_options *options)
{
	const char *text = jr_string(value);
	bool on = text && strcmp(text, "true") == 0;
	bool known = text ? on || strcmp(text, "false") == 0 : jr_boolean(value, &on);
	if (known)
		*(bool *)place(options, row) = on;
	return known;
}

static bool take_text(const struct option_row *row, const struct jr_value *value,
		      struct endpoint_options *options)
{
	const char *text = jr_string(value);
	size_t room = (size_t)row->max;
	if (!text || strlen(text) >= room || !row->fits(text))
		return false;
	memset(place(options, row), 0, room); /* what is equal is equal in every byte */
	memcpy(place(options, row), text, strlen(text));
	return true;
}

/* Words with commas between them; a comma is no part of one. */
static bool add_word(const struct option_row *row, const char *word, size_t len, struct buf *out)
{
	char text[ENDPOINT_LIST_BYTES];
	word = text_trim(word, &len);
	if (len == 0 || memchr(word, ',', len) || !text_copy_n(text, sizeof(text), word, len) ||
	    !row->fits(text))
		return false;
	buf_addf(out, "%s%s", out->len > 0 ? "," : "", text);
	return out->len < (size_t)row->max;
}

static bool words_of_text(const struct option_row *row, const char *text, struct buf *out)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		if (!add_word(row, text, len, out))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

static bool take_list(const struct option_row *row, const struct jr_value *value,
		      struct endpoint_options *options)
{
	struct buf words = BUF_EMPTY;
	bool good = true;
	if (jr_string(value))
		good = words_of_text(row, jr_string(value), &words);
	else
		for (size_t i = 0; good && i < jr_count(value); i++) {
			const char *word = jr_string(jr_item(value, i));
			good = word && add_word(row, word, strlen(word), &words);
		}
	good = good && words.len > 0;
	if (good) {
		memset(place(options, row), 0, (size_t)row->max);
		memcpy(place(options, row), words.data, words.len);
	}
	buf_clear(&words);
	return good;
}

/* ---- kinds ---- */

typedef bool take_fn(const struct option_row *row, const struct jr_value *value,
		     struct endpoint_options *options);

static const struct {
	take_fn *take;
	size_t size; /* 0: the row's own */
} kinds[] = {
	[OPTION_INT] = { take_int, sizeof(int) },
	[OPTION_WAITS] = { take_waits, sizeof(struct retry_schedule) },
	[OPTION_FLAG] = { take_flag, sizeof(bool) },
	[OPTION_TEXT] = { take_text, 0 },
	[OPTION_LIST] = { take_list, 0 },
};

static size_t size_of(const struct option_row *row)
{
	return kinds[row->kind].size ? kinds[row->kind].size : (size_t)row->max;
}

static enum fault merge_one(const char *name, const struct jr_value *value,
			    struct endpoint_options *options, struct problem *problem)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct option_row *row = &rows[i];
		if (strcmp(row->name, name) != 0)
			continue;
		if (jr_type(value) == JR_NULL)
			memset(place(options, row), 0, size_of(row));
		else if (!kinds[row->kind].take(row, value, options))
			return wrong(row, problem);
		return FAULT_NONE;
	}
	return unknown(name, problem);
}

enum fault endpoint_options_merge(const struct jr_value *object, struct endpoint_options *options,
				  struct problem *problem)
{
	const char *name;
	const struct jr_value *value;
	if (jr_type(object) != JR_OBJECT) {
		problem_set(problem, FAULT_UNPROCESSED, "options must be a JSON object");
		if (problem)
			text_copy(problem->pointer, sizeof(problem->pointer), "/options");
		return FAULT_UNPROCESSED;
	}
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && (value = jr_member_at(object, i, &name)); i++)
		fault = merge_one(name, value, options, problem);
	return fault;
}

static enum fault unsuited(const char *name, const char *words, struct problem *problem)
{
	problem_set(problem, FAULT_UNPROCESSED, "%s", words);
	if (problem)
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/options/%s", name);
	return FAULT_UNPROCESSED;
}

static bool is_set(const struct option_row *row, const struct endpoint_options *options)
{
	static const char zero[sizeof(struct endpoint_options)];
	return memcmp(place_of(options, row), zero, size_of(row)) != 0;
}

/* The way to a mailbox leads over the operator's relay, which has settings of its own. */
static enum fault suits_mail(const struct endpoint_options *options, struct problem *problem)
{
	static const char *const of_http[] = { "concurrency", "timeout_s",   "https_only",
					       "tls_min",     "source",      "proxy",
					       "ca_file",     "client_cert", "client_key" };
	for (size_t i = 0; i < N_ROWS; i++)
		for (size_t k = 0; k < sizeof(of_http) / sizeof(of_http[0]); k++)
			if (strcmp(rows[i].name, of_http[k]) == 0 && is_set(&rows[i], options))
				return unsuited(rows[i].name,
						"a mailbox has no such option: mails go the way of "
						"the operator's relay (mail in jiebangd.conf)",
						problem);
	return FAULT_NONE;
}

enum fault endpoint_options_suit(const struct endpoint_options *options, const char *url,
				 struct problem *problem)
{
	if (mail_is_url(url))
		return suits_mail(options, problem);
	if (options->client_cert[0] && !options->client_key[0])
		return unsuited("client_key",
				"client_cert needs client_key; one file with both may be named "
				"twice",
				problem);
	if (options->client_key[0] && !options->client_cert[0])
		return unsuited("client_cert", "client_key needs client_cert", problem);
	if (options->https_only && strncasecmp(url, "https:", 6) != 0)
		return unsuited("https_only", "https_only needs a URL of https", problem);
	return FAULT_NONE;
}

enum fault endpoint_options_read(const char *text, size_t len, struct endpoint_options *out,
				 struct problem *problem)
{
	struct jr_doc *doc;
	memset(out, 0, sizeof(*out));
	if (len == 2 && memcmp(text, "{}", 2) == 0)
		return FAULT_NONE;
	enum fault fault = jr_read(text, len, &doc, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = endpoint_options_merge(jr_root(doc), out, problem);
	jr_free(doc);
	return fault;
}

/* ---- writing ---- */

static void write_words(const char *words, struct jw *jw)
{
	jw_array(jw);
	for (size_t len; *words; words += len + (words[len] == ',')) {
		len = strcspn(words, ",");
		jw_str_n(jw, words, len);
	}
	jw_array_end(jw);
}

static void write_value(const struct option_row *row, const struct endpoint_options *options,
			struct jw *jw)
{
	const struct retry_schedule *schedule;
	switch (row->kind) {
	case OPTION_INT:
		jw_int(jw, *(const int *)place_of(options, row));
		return;
	case OPTION_WAITS:
		schedule = place_of(options, row);
		jw_array(jw);
		for (size_t i = 0; i < schedule->n; i++)
			jw_int(jw, schedule->wait_s[i]);
		jw_array_end(jw);
		return;
	case OPTION_FLAG:
		jw_bool(jw, *(const bool *)place_of(options, row));
		return;
	case OPTION_TEXT:
		jw_str(jw, place_of(options, row));
		return;
	case OPTION_LIST:
		write_words(place_of(options, row), jw);
		return;
	}
	BUG("no such kind of option");
}

void endpoint_options_write(const struct endpoint_options *options, struct jw *jw)
{
	jw_object(jw);
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!is_set(&rows[i], options))
			continue;
		jw_key(jw, rows[i].name);
		write_value(&rows[i], options, jw);
	}
	jw_object_end(jw);
}
