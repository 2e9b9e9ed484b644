/*
 * Endpoints: where messages go.
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "jiebang/text.h"
#include "out.h"

static const struct column endpoint_columns[] = {
	{ "id", { "ID", "接收端" }, CELL_TEXT, 0 },
	{ "owner", { "OWNER", "归属" }, CELL_TEXT, COL_TRUNC },
	{ "format", { "FORMAT", "格式" }, CELL_TEXT, 0 },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "state_reason", { "REASON", "原因" }, CELL_REASON, COL_TRUNC },
	{ "url", { "URL", "地址" }, CELL_TEXT, COL_TRUNC },
	{ "created_at", { "CREATED", "创建时间" }, CELL_INSTANT, COL_WIDE },
	{ "options", { "OPTIONS", "选项" }, CELL_TEXT, COL_WIDE },
	{ "public_key", { "PUBLIC KEY", "公钥" }, CELL_TEXT, COL_WIDE },
	{ "older_until", { "OLDER UNTIL", "旧密钥至" }, CELL_INSTANT, COL_WIDE },
	{ "stats.health.state", { "HEALTH", "健康" }, CELL_WORD, COL_WIDE },
	{ "stats.health.since", { "SINCE", "故障始于" }, CELL_INSTANT, COL_WIDE },
	{ "stats.health.failures", { "FAILURES", "连续失败" }, CELL_SET, COL_WIDE | COL_RIGHT },
	{ "stats.backlog.waiting", { "WAITING", "待发" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "stats.backlog.held", { "HELD", "搁置" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "stats.backlog.oldest_at", { "OLDEST", "最早积压" }, CELL_INSTANT, COL_WIDE },
	{ "stats.attempts.delivered",
	  { "DELIVERED", "成功次数" },
	  CELL_COUNT,
	  COL_WIDE | COL_RIGHT },
	{ "stats.attempts.failed", { "FAILED", "失败次数" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "stats.attempts.success_permille",
	  { "SUCCESS", "成功率" },
	  CELL_PERMILLE,
	  COL_WIDE | COL_RIGHT },
	{ "stats.attempts.p50_ms", { "P50 MS", "P50 毫秒" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "stats.attempts.p95_ms", { "P95 MS", "P95 毫秒" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "stats.attempts.p99_ms", { "P99 MS", "P99 毫秒" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ .path = NULL },
};

const struct table table_endpoint = { "id", endpoint_columns, NULL };

static const struct column added_columns[] = {
	{ "id", { "id", "接收端" }, CELL_TEXT, 0 },
	{ "owner", { "owner", "归属" }, CELL_TEXT, 0 },
	{ "url", { "url", "地址" }, CELL_TEXT, 0 },
	{ "format", { "format", "格式" }, CELL_TEXT, 0 },
	{ "state", { "state", "状态" }, CELL_WORD, 0 },
	{ "secret", { "secret", "密钥" }, CELL_TEXT, 0 },
	{ "public_key", { "public key", "公钥" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

/* -q prints the secret: the id can be asked for later, the secret can't. */
const struct table table_endpoint_added = { "secret", added_columns, NULL };

static const struct column rotated_columns[] = {
	{ "id", { "id", "接收端" }, CELL_TEXT, 0 },
	{ "owner", { "owner", "归属" }, CELL_TEXT, 0 },
	{ "signature", { "signature", "签名" }, CELL_TEXT, 0 },
	{ "older_until", { "older until", "旧密钥至" }, CELL_INSTANT, 0 },
	{ "secret", { "secret", "密钥" }, CELL_TEXT, 0 },
	{ "public_key", { "public key", "公钥" }, CELL_TEXT, 0 },
	{ .path = NULL },
};

const struct table table_endpoint_rotated = { "secret", rotated_columns, NULL };

/* Of a key pair there is nothing to keep: its public half can be asked for again. A robot's secret came from here. */
static int tell_kept(const struct client *client, const struct jr_value *made)
{
	const struct jr_value *value = write_at(made, "signature");
	const char *signature = value != NULL ? jr_string(value) : NULL;

	if (signature != NULL && strcmp(signature, "hmac") != 0)
		return CODE_OK;
	return tell_secret(client, made, "secret");
}

static const struct column deleted_columns[] = {
	{ "id", { "id", "接收端" }, CELL_TEXT, 0 },
	{ "owner", { "owner", "归属" }, CELL_TEXT, 0 },
	{ "state", { "state", "状态" }, CELL_WORD, 0 },
	{ "cancelled", { "cancelled", "取消的消息" }, CELL_COUNT, 0 },
	{ .path = NULL },
};

const struct table table_endpoint_deleted = { "id", deleted_columns, NULL };

/* "--option concurrency=2" as {"concurrency":"2"}: the daemon knows what each takes. "timeout_s=" sets one back. */
static int write_options(struct jw *json, const struct invocation *invocation)
{
	if (invocation->n_many == 0)
		return CODE_OK;
	jw_key(json, "options");
	jw_object(json);
	for (size_t i = 0; i < invocation->n_many; i++) {
		const char *word = invocation->many[i];
		size_t len = strcspn(word, "=");
		char name[64];

		if (word[len] == '\0' || len == 0 || !text_copy_n(name, sizeof(name), word, len)) {
			say(TEXT_BAD_VALUE, "--option", word, "NAME=VALUE");
			return CODE_USAGE;
		}
		jw_kv_str(json, name, word[len + 1] != '\0' ? word + len + 1 : NULL);
	}
	jw_object_end(json);
	return CODE_OK;
}

/* What is not to be seen among the processes: NULL where nothing was given. */
struct given {
	char *url;
	char *secret;
};

static int read_given(const struct invocation *invocation, struct given *given)
{
	const char *url = option_value(invocation, "--url");
	const char *url_file = option_value(invocation, "--url-file");
	const char *secret_file = option_value(invocation, "--secret-file");
	int code = CODE_OK;

	*given = (struct given){ NULL, NULL };
	if (url != NULL && strcmp(url, "-") != 0)
		given->url = xstrdup(url);
	else if (url != NULL || url_file != NULL)
		code = read_url(url_file != NULL ? url_file : url, &given->url);
	if (code == CODE_OK && secret_file != NULL)
		code = read_secret(secret_file, &given->secret);
	return code;
}

static void wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

static void given_clear(struct given *given)
{
	wipe(given->url);
	wipe(given->secret);
}

static int write_body(struct buf *body, const struct invocation *invocation,
		      const struct given *given)
{
	struct jw json;

	jw_init(&json, body);
	jw_object(&json);
	command_members(&json, invocation);
	if (given->url != NULL)
		jw_kv_str(&json, "url", given->url);
	if (given->secret != NULL)
		jw_kv_str(&json, "secret", given->secret);
	int code = write_options(&json, invocation);
	jw_object_end(&json);
	return code;
}

/* How each fares is looked up only where there is room to show it. */
int cmd_endpoint_list(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	int code;

	command_target(&target, invocation);
	if (client->writer == &writer_wide)
		buf_addf(&target, "%cstats=1", strchr(buf_str(&target), '?') != NULL ? '&' : '?');
	code = list_target(client, invocation, buf_str(&target), NULL);
	buf_clear(&target);
	return code;
}

/* The body from the command line and the files that it names. */
static int make_body(struct buf *body, const struct invocation *invocation)
{
	struct given given;
	int code = read_given(invocation, &given);

	if (code == CODE_OK)
		code = write_body(body, invocation, &given);
	given_clear(&given);
	return code;
}

static void body_clear(struct buf *body)
{
	if (body->len > 0)
		explicit_bzero(body->data, body->len);
	buf_clear(body);
}

int cmd_endpoint_set(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code = make_body(&body, invocation);

	command_target(&target, invocation);
	if (code == CODE_OK)
		code = ask_write(client, "PATCH", buf_str(&target), buf_str(&body), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && doc != NULL)
		ask_tell_warnings(client, jr_root(doc));
	jr_free(doc);
	body_clear(&body);
	buf_clear(&target);
	return code;
}

int cmd_endpoint_rotate(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;

	int code = make_body(&body, invocation);

	command_target(&target, invocation);
	if (code == CODE_OK)
		code = ask_post(client, buf_str(&target), buf_str(&body), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && doc != NULL)
		code = tell_kept(client, jr_root(doc));
	jr_free(doc);
	buf_clear(&target);
	body_clear(&body);
	return code;
}

int cmd_endpoint_add(struct client *client, const struct invocation *invocation)
{
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code = make_body(&body, invocation);

	if (option_value(invocation, "--url") == NULL &&
	    option_value(invocation, "--url-file") == NULL) {
		say(TEXT_OPTION_REQUIRED, "--url");
		code = CODE_USAGE;
	}
	if (code == CODE_OK)
		code = ask_post(client, invocation->command->path, buf_str(&body), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && doc != NULL)
		ask_tell_warnings(client, jr_root(doc));
	if (code == CODE_OK && doc != NULL)
		code = tell_kept(client, jr_root(doc));
	jr_free(doc);
	body_clear(&body);
	return code;
}
