/*
 * JSON requests and their problems (RFC 9457), told on stderr in a fixed shape.
 */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/text.h"
#include "say.h"
#include "when.h"

#define TOKEN_MAX_BYTES  4096
#define KEY_RANDOM_BYTES 16

static bool now_of_server(void *arg, int64_t *now_at)
{
	struct jr_doc *doc = ask_quietly(arg, "/v1/clock");
	bool known =
		doc != NULL && civil_instant_parse(write_string_at(jr_root(doc), "now"), now_at);

	jr_free(doc);
	return known;
}

/* Printable ASCII without spaces, as a header value wants it. */
static bool token_valid(const char *token)
{
	size_t len = strlen(token);

	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return false;
	return len > 0;
}

static char *read_line(const char *path)
{
	char text[TOKEN_MAX_BYTES];
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			  : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	struct stat status;
	const char *line;
	size_t len = 0;

	if (n < 0) {
		say(TEXT_NO_FILE, path, strerror(errno));
	} else {
		len = (size_t)n;
		if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		    (status.st_mode & S_IROTH) != 0)
			say(TEXT_TOKEN_READABLE, path);
	}
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return NULL;
	text[len] = '\0';
	line = text_trim(text, &len); /* sets len: not in one expression with its use */
	char *copy = xstrndup(line, len);

	explicit_bzero(text, sizeof(text));
	return copy;
}

static int read_word(const char *path, enum text unusable, char **secret)
{
	*secret = read_line(path);
	if (*secret == NULL)
		return CODE_USAGE;
	if (token_valid(*secret))
		return CODE_OK;
	say(unusable, path);
	free(*secret);
	*secret = NULL;
	return CODE_USAGE;
}

int read_secret(const char *path, char **secret)
{
	return read_word(path, TEXT_TOKEN_EMPTY, secret);
}

int read_url(const char *path, char **url)
{
	return read_word(path, TEXT_URL_EMPTY, url);
}

/* 0 or an exit code; *token is NULL when there is none. */
static int find_token(const struct client *client, char **token)
{
	const char *from_env = getenv("JIEBANG_TOKEN");

	*token = NULL;
	if (client->token_file != NULL) {
		if (read_secret(client->token_file, token) != CODE_OK)
			return CODE_USAGE;
	} else if (from_env != NULL && from_env[0] != '\0') {
		*token = xstrdup(from_env);
	} else {
		return CODE_OK;
	}
	if (!token_valid(*token)) {
		say(TEXT_TOKEN_EMPTY, "JIEBANG_TOKEN");
		return CODE_USAGE;
	}
	if (call_is_clear(client->server))
		say(TEXT_TOKEN_IN_CLEAR, client->server);
	return CODE_OK;
}

int client_open(struct client *client)
{
	struct call_options options = { .server = client->server, .timeout_s = client->timeout_s };
	char *token = NULL;
	int code = find_token(client, &token);

	options.token = token;
	client->has_token = token != NULL;
	options.language = say_language() == LANG_ZH ? "zh-CN, en;q=0.5" : "en";
	if (code == CODE_OK && call_new(&options, &client->call) != FAULT_NONE) {
		say(TEXT_BAD_VALUE, "--server", client->server, say_text(TEXT_EXPECT_SERVER));
		code = CODE_USAGE;
	}
	free(token);
	when_set_source(now_of_server, client);
	return code;
}

void client_close(struct client *client)
{
	call_free(client->call);
	client->call = NULL;
}

int ask_exit_code(long status, bool rule)
{
	static const struct {
		long status;
		int code;
	} codes[] = {
		{ 400, CODE_USAGE },     { 413, CODE_USAGE },    { 422, CODE_USAGE },
		{ 404, CODE_NOT_FOUND }, { 401, CODE_REFUSED },  { 403, CODE_REFUSED },
		{ 409, CODE_CONFLICT },  { 412, CODE_CONFLICT },
	};

	if (status == 409 && rule)
		return CODE_REFUSED;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].status == status)
			return codes[i].code;
	return CODE_FAILED;
}

/* A mistake in a request's body has a place of its own; one in a file has a line; what has neither, its rule. */
static bool tell_place(const struct jr_value *error)
{
	const char *pointer = write_string_at(error, "pointer");

	if (pointer[0] == '\0' && write_at(error, "line") != NULL)
		return false;
	if (pointer[0] == '\0')
		pointer = write_string_at(error, "rule");
	say_more(TEXT_PLACE_PROBLEM, pointer, write_said_at(error, "detail"));
	return true;
}

static void tell_row(const struct client *client, const struct jr_value *error)
{
	struct buf line = BUF_EMPTY;
	struct buf column = BUF_EMPTY;
	struct buf rule = BUF_EMPTY;

	if (tell_place(error))
		return;
	buf_addf(&line, "%" PRId64, write_number_at(error, "line"));
	if (write_string_at(error, "column")[0] != '\0')
		buf_addf(&column, "%s: ", write_string_at(error, "column"));
	if (write_string_at(error, "rule")[0] != '\0')
		buf_addf(&rule, " [%s]", write_string_at(error, "rule"));
	say_more(TEXT_ROW_PROBLEM, client->file != NULL ? client->file : "-", buf_str(&line),
		 buf_str(&column), write_said_at(error, "detail"), buf_str(&rule));
	buf_clear(&line);
	buf_clear(&column);
	buf_clear(&rule);
}

static void tell_rows(const struct client *client, const struct jr_value *problem)
{
	const struct jr_value *errors = write_at(problem, "errors");
	size_t listed = errors != NULL ? jr_count(errors) : 0;
	int64_t more = write_number_at(problem, "error_count") - (int64_t)listed;
	struct buf count = BUF_EMPTY;

	for (size_t i = 0; i < listed; i++)
		tell_row(client, jr_item(errors, i));
	if (more > 0 && listed > 0) {
		buf_addf(&count, "%" PRId64, more);
		say_more(TEXT_MORE_PROBLEMS, buf_str(&count));
	}
	buf_clear(&count);
}

void ask_tell_warnings(const struct client *client, const struct jr_value *result)
{
	const struct jr_value *warnings = write_at(result, "warnings");
	const char *told = "";

	for (size_t i = 0; warnings != NULL && i < jr_count(warnings); i++) {
		const char *clause = write_string_at(jr_item(warnings, i), "clause");

		if (i == 0)
			say(TEXT_WARNINGS);
		tell_row(client, jr_item(warnings, i));
		if (clause[0] != '\0' && strcmp(clause, told) != 0)
			say_more(TEXT_CLAUSE, clause);
		told = clause; /* a list of warnings of one rule quotes it once */
	}
}

static void tell_problem(const struct client *client, const struct jr_value *problem)
{
	static const struct {
		const char *member;
		enum text text;
	} facts[] = {
		{ "pointer", TEXT_WHERE },
		{ "rule", TEXT_RULE },
		{ "clause", TEXT_CLAUSE },
		{ "hint", TEXT_HINT },
	};
	const char *title = write_said_at(problem, "title");
	const char *detail = write_said_at(problem, "detail");
	struct buf line = BUF_EMPTY;

	buf_adds(&line, title);
	if (title[0] != '\0' && detail[0] != '\0')
		buf_adds(&line, say_language() == LANG_ZH ? "：" : ": ");
	buf_adds(&line, detail);
	say_line(buf_str(&line));
	buf_clear(&line);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const char *value = write_said_at(problem, facts[i].member);

		if (value[0] != '\0')
			say_more(facts[i].text, value);
	}
	tell_rows(client, problem);
}

/* An error without a problem object comes from something in between; its page is not for a terminal. */
static int refused(const struct client *client, const struct call_reply *reply)
{
	struct jr_doc *doc = NULL;
	const struct jr_value *problem = NULL;
	struct buf status = BUF_EMPTY;
	bool rule;

	if (jr_read(buf_str(&reply->body), reply->body.len, &doc, NULL) == FAULT_NONE)
		problem = jr_root(doc);
	rule = problem != NULL && write_string_at(problem, "rule")[0] != '\0';
	if (problem != NULL && (write_string_at(problem, "title")[0] != '\0' ||
				write_string_at(problem, "detail")[0] != '\0')) {
		tell_problem(client, problem);
	} else {
		buf_addf(&status, "%ld", reply->status);
		say(TEXT_HTTP_STATUS, buf_str(&status));
		buf_clear(&status);
	}
	jr_free(doc);
	if (reply->status == 401 && !client->has_token)
		say_more(TEXT_WANTS_TOKEN);
	return ask_exit_code(reply->status, rule);
}

/* What a person looks at next: the daemon is stopped more often than anything else is wrong. */
static enum text why_unreachable(const struct client *client, const struct call_reply *reply)
{
	bool is_unix = strncmp(client->server, "unix:", 5) == 0;

	if (is_unix && strcmp(reply->why, strerror(EACCES)) == 0)
		return TEXT_MAY_NOT_CONNECT;
	return is_unix ? TEXT_IS_IT_RUNNING : TEXT_IS_IT_LISTENING;
}

static int not_answered(const struct client *client, enum call_end end,
			const struct call_reply *reply)
{
	static const struct {
		enum text text;
		int code;
	} ends[] = {
		[CALL_UNREACHABLE] = { TEXT_UNREACHABLE, CODE_UNREACHABLE },
		[CALL_BROKEN] = { TEXT_BROKEN, CODE_UNREACHABLE },
		[CALL_TIMED_OUT] = { TEXT_TIMED_OUT, CODE_UNREACHABLE },
		[CALL_GARBAGE] = { TEXT_GARBAGE, CODE_FAILED },
	};

	struct buf why = BUF_EMPTY;

	if (end == CALL_STOPPED)
		return CODE_FAILED;
	if (end == CALL_LOCAL) {
		say(TEXT_LOCAL, reply->why);
		return CODE_FAILED;
	}
	write_reason(&why, reply->why);
	say(ends[end].text, call_server(client->call), buf_str(&why));
	buf_clear(&why);
	if (end == CALL_UNREACHABLE)
		say_more(why_unreachable(client, reply));
	return ends[end].code;
}

static int read_answer(const struct client *client, const struct call_reply *reply,
		       struct jr_doc **doc)
{
	struct problem problem;

	if (reply->body.len == 0)
		return CODE_OK;
	if (jr_read(buf_str(&reply->body), reply->body.len, doc, &problem) == FAULT_NONE)
		return CODE_OK;
	say(TEXT_GARBAGE, call_server(client->call), problem.detail);
	return CODE_FAILED;
}

/* The key of a write: the person's, for the first write of this run; else a fresh random one. */
static const char *next_key(struct client *client)
{
	uint8_t bytes[KEY_RANDOM_BYTES];
	const char *key = client->key;

	client->key = NULL;
	if (key != NULL)
		return key;
	digest_random(bytes, sizeof(bytes));
	digest_base32(bytes, sizeof(bytes), client->generated_key);
	return client->generated_key;
}

int ask_end(const struct client *client, enum call_end end, const struct call_reply *reply,
	    struct jr_doc **doc)
{
	if (end != CALL_ANSWERED)
		return not_answered(client, end, reply);
	if (reply->status >= 200 && reply->status < 300)
		return read_answer(client, reply, doc);
	return refused(client, reply);
}

int ask(struct client *client, struct call_request *request, struct jr_doc **doc)
{
	struct call_reply reply;
	enum call_end end;
	int code;

	*doc = NULL;
	if (strcmp(request->method, "GET") != 0 && !request->once)
		request->idempotency_key = next_key(client);
	end = call_send(client->call, request, &reply);
	code = ask_end(client, end, &reply, doc);
	if (reply.unsure && request->once)
		say_more(TEXT_MAYBE_MOVED);
	else if (reply.unsure)
		say_more(TEXT_MAYBE_DONE, request->idempotency_key);
	buf_clear(&reply.body);
	return code;
}

int ask_get(struct client *client, const char *target, struct jr_doc **doc)
{
	struct call_request request = { .method = "GET", .target = target };

	return ask(client, &request, doc);
}

int ask_post(struct client *client, const char *target, const char *body, struct jr_doc **doc)
{
	return ask_write(client, "POST", target, body, doc);
}

int ask_write(struct client *client, const char *method, const char *target, const char *body,
	      struct jr_doc **doc)
{
	struct call_request request = { .method = method, .target = target };

	if (body != NULL) {
		request.content_type = "application/json";
		request.body = body;
		request.body_len = strlen(body);
	}
	return ask(client, &request, doc);
}

struct jr_doc *ask_quietly(struct client *client, const char *target)
{
	struct call_request request = { .method = "GET", .target = target };
	struct jr_doc *doc = NULL;
	struct call_reply reply;
	enum call_end end = call_send(client->call, &request, &reply);

	if (end == CALL_ANSWERED && reply.status == 200 &&
	    jr_read(buf_str(&reply.body), reply.body.len, &doc, NULL) != FAULT_NONE)
		doc = NULL;
	buf_clear(&reply.body);
	return doc;
}
