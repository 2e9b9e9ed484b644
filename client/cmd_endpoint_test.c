/*
 * A test message, waited for: what the receiver said, where the time went, and what that means. Exit 0 only if it arrived.
 */
#include "commands.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "jiebang/clock.h"
#include "out.h"

#define WAIT_S         150 /* longer than any attempt may take */
#define LOOK_MS        50
#define LOOK_SLOWER_MS 1000

static const struct column test_columns[] = {
	{ "id", { "message", "消息" }, CELL_TEXT, 0 },
	{ "endpoint", { "endpoint", "接收端" }, CELL_TEXT, 0 },
	{ "attempt.status", { "status", "状态码" }, CELL_SET, 0 },
	{ "attempt.reason", { "reason", "原因" }, CELL_REASON, 0 },
	{ "attempt.times.lookup_ms", { "name lookup ms", "域名解析（毫秒）" }, CELL_COUNT, 0 },
	{ "attempt.times.connect_ms", { "connect ms", "连接（毫秒）" }, CELL_COUNT, 0 },
	{ "attempt.times.tls_ms", { "tls ms", "TLS 握手（毫秒）" }, CELL_COUNT, 0 },
	{ "attempt.times.first_byte_ms", { "first byte ms", "首字节（毫秒）" }, CELL_COUNT, 0 },
	{ "attempt.elapsed_ms", { "total ms", "总耗时（毫秒）" }, CELL_COUNT, 0 },
	{ "attempt.excerpt", { "answer", "应答" }, CELL_TEXT, 0 },
	{ "verdict", { "verdict", "结论" }, CELL_TEXT, 0 },
	{ .path = NULL },
};

const struct table table_endpoint_test = { "id", test_columns, NULL };

/* ---- what it means ---- */

/* By the beginning of the reason, the first that fits. */
static const struct {
	const char *reason;
	struct words words;
} by_reason[] = {
	{ "egress:",
	  { "the daemon may not go there: list the network in egress.allow, or choose another "
	    "address",
	    "守护进程不得访问该地址：请在 egress.allow 中放行，或更换地址" } },
	{ "dns:",
	  { "the name does not exist, or the name server does not answer",
	    "域名不存在，或域名服务器没有应答" } },
	{ "timeout:",
	  { "nobody answered in time: look whether the receiver hangs or a firewall drops it",
	    "在时限内没有应答：请检查接收端是否卡住，或被防火墙丢弃" } },
	{ "connect:",
	  { "nobody listens there: is the receiver running, and the port right?",
	    "没有程序在该端口监听：请确认接收端在运行且端口正确" } },
	{ "certificate:",
	  { "the receiver's certificate is not trusted: mend it, or name its CA (ca_file)",
	    "不信任接收端的证书：请修正证书，或指定其 CA（ca_file）" } },
	{ "tls:",
	  { "no TLS connection came about: look at versions and certificates of both sides",
	    "TLS 连接未能建立：请检查双方的版本与证书" } },
	{ "proxy:",
	  { "the proxy refuses: look at egress.proxy and at the proxy's own rules",
	    "代理拒绝：请检查 egress.proxy 及代理自身的规则" } },
	{ "response:", { "what came is no complete HTTP answer", "收到的不是完整的 HTTP 应答" } },
};

static const struct {
	int64_t from, to;
	struct words words;
} by_status[] = {
	{ 300,
	  399,
	  { "a redirect is not followed: give the address that it leads to",
	    "不跟随重定向：请直接填写最终地址" } },
	{ 401,
	  403,
	  { "the receiver wants other credentials, or does not accept our signature",
	    "接收端拒绝授权，或不接受我方签名" } },
	{ 404,
	  405,
	  { "the receiver has nothing at this path that takes a POST",
	    "接收端在该路径上没有可接收 POST 的内容" } },
	{ 410,
	  410,
	  { "the receiver says that it is gone for good: the endpoint was disabled",
	    "接收端表示已永久失效：该接收端已停用" } },
	{ 429,
	  429,
	  { "the receiver is asked too often: reminders are slowed down",
	    "请求过于频繁：提醒将放慢发送" } },
	{ 400, 499, { "the receiver refuses what it was sent", "接收端拒绝所发送的内容" } },
	{ 500,
	  599,
	  { "the receiver has a problem of its own: its log will tell",
	    "接收端自身出错：请查看其日志" } },
};

static const struct words arrived = { "the test message arrived", "测试消息已送达" };
static const struct words unexplained = { "the test message did not arrive", "测试消息未送达" };

static const struct words *verdict_of(const struct jr_value *attempt, bool delivered)
{
	const char *reason = attempt != NULL ? write_string_at(attempt, "reason") : "";
	int64_t status = attempt != NULL ? write_number_at(attempt, "status") : 0;

	if (delivered)
		return &arrived;
	for (size_t i = 0; i < sizeof(by_reason) / sizeof(by_reason[0]); i++)
		if (strncmp(reason, by_reason[i].reason, strlen(by_reason[i].reason)) == 0)
			return &by_reason[i].words;
	for (size_t i = 0; i < sizeof(by_status) / sizeof(by_status[0]); i++)
		if (status >= by_status[i].from && status <= by_status[i].to)
			return &by_status[i].words;
	return &unexplained;
}

/* ---- waiting ---- */

static bool is_over(const struct jr_value *delivery)
{
	const char *state = write_string_at(delivery, "state");

	return strcmp(state, "due") != 0 && strcmp(state, "sending") != 0;
}

/* The delivery once its attempt has ended. *doc is NULL if it could not be asked for, or did not end in time. */
static int wait_for(struct client *client, const char *id, struct jr_doc **doc)
{
	int64_t wait_s = client->timeout_s > 0 ? client->timeout_s : WAIT_S;
	int64_t until_ms = clock_mono_ms() + 1000 * wait_s, pause_ms = LOOK_MS;
	struct buf target = BUF_EMPTY;
	int code = CODE_OK;

	buf_adds(&target, "/v1/deliveries/");
	call_encode(&target, id);
	for (;;) {
		code = ask_get(client, buf_str(&target), doc);
		if (code != CODE_OK || (*doc != NULL && is_over(jr_root(*doc))))
			break;
		jr_free(*doc);
		*doc = NULL;
		if (clock_mono_ms() >= until_ms) {
			say(TEXT_TEST_WAITS, id);
			code = CODE_FAILED;
			break;
		}
		struct timespec pause = { pause_ms / 1000, pause_ms % 1000 * 1000000 };
		nanosleep(&pause, NULL);
		pause_ms = pause_ms < LOOK_SLOWER_MS / 2 ? 2 * pause_ms : LOOK_SLOWER_MS;
	}
	buf_clear(&target);
	return code;
}

/* ---- telling ---- */

static void member(struct jw *jw, const char *key, const struct jr_value *from)
{
	struct buf text = BUF_EMPTY;
	const struct jr_value *value = from != NULL ? jr_member(from, key) : NULL;

	jw_key(jw, key);
	if (value != NULL)
		jr_write(value, &text);
	jw_raw(jw, value != NULL ? buf_str(&text) : "null", value != NULL ? text.len : 4);
	buf_clear(&text);
}

/* {"id","endpoint","state","delivered","verdict","attempt":{…}}: the same for a person and for a script. */
static struct jr_doc *summary(const struct jr_value *delivery, bool delivered)
{
	const struct jr_value *list = write_at(delivery, "attempt_list");
	size_t n = list != NULL ? jr_count(list) : 0;
	const struct jr_value *attempt = n > 0 ? jr_item(list, n - 1) : NULL;
	struct buf text = BUF_EMPTY, last = BUF_EMPTY;
	struct problem problem;
	struct jr_doc *doc = NULL;
	struct jw jw;

	jw_init(&jw, &text);
	jw_object(&jw);
	member(&jw, "id", delivery);
	member(&jw, "endpoint", delivery);
	member(&jw, "state", delivery);
	jw_kv_bool(&jw, "delivered", delivered);
	jw_kv_str(&jw, "verdict", say_word(verdict_of(attempt, delivered)));
	jw_key(&jw, "attempt");
	if (attempt != NULL)
		jr_write(attempt, &last);
	jw_raw(&jw, attempt != NULL ? buf_str(&last) : "null", attempt != NULL ? last.len : 4);
	jw_object_end(&jw);
	if (jr_read(buf_str(&text), text.len, &doc, &problem) != FAULT_NONE)
		doc = NULL;
	buf_clear(&text);
	buf_clear(&last);
	return doc;
}

static int tell(struct client *client, const struct invocation *invocation,
		const struct jr_value *delivery)
{
	bool delivered = strcmp(write_string_at(delivery, "state"), "delivered") == 0;
	struct jr_doc *doc = summary(delivery, delivered);

	if (doc == NULL) {
		say(TEXT_GARBAGE, call_server(client->call), say_text(TEXT_NOT_A_LIST));
		return CODE_FAILED;
	}
	show_document(client, invocation->command->table, doc);
	jr_free(doc);
	return delivered ? CODE_OK : CODE_FAILED;
}

int cmd_endpoint_test(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *sent = NULL, *ended = NULL;
	int code;

	command_target(&target, invocation);
	code = ask_write(client, "POST", buf_str(&target), NULL, &sent);
	if (code == CODE_OK && sent != NULL)
		code = wait_for(client, write_string_at(jr_root(sent), "id"), &ended);
	if (code == CODE_OK && ended != NULL)
		code = tell(client, invocation, jr_root(ended));
	jr_free(sent);
	jr_free(ended);
	buf_clear(&target);
	return code;
}
