/*
 * What is sent, to whom, and what becomes of it: schedule, endpoints, silences, messages, deliveries. table.c has what a row is.
 */
#include "table_parts.h"

/* clang-format off */

#define DELIVERY_STATES   "due|sending|delivered|held|dead|cancelled|superseded"
#define FORMATS           "standard|cloudevents|wecom|dingtalk|feishu|mail"

#define OWNER_EN "unit:ID, recommender:NAME or office"
#define OWNER_ZH "unit:编号、recommender:名称 或 office"

#define OPTION_MANY \
	{ "--option", NULL, "NAME=VALUE", VALUE_MANY, PLACE_HANDLER, NULL, false, NULL, \
	  { "one of its options (see jiebangctl(1)); may be repeated", "接收端选项之一（见手册页）；可重复" }, false }

#define SIGNATURE \
	BODY("--signature", "hmac|ed25519", VALUE_CHOICE, "signature", false, NULL, \
	     "a shared secret, or a key pair", "签名方式：共享密钥或密钥对")

static const struct option o_silence[] = {
	BODY("--programme", "PROGRAMME", VALUE_TEXT, "programme", false, "programme", "of this programme", "该批次的"),
	BODY("--track", "TRACK", VALUE_TEXT, "track", false, NULL, "of this track", "该赛道的"),
	BODY("--task", "TASK", VALUE_TEXT, "task", false, "task", "of this task", "该任务的"),
	BODY("--unit", "UNIT", VALUE_TEXT, "unit", false, "unit", "of this unit", "该揭榜单位的"),
	BODY("--recommender", "NAME", VALUE_TEXT, "recommender", false, NULL, "of this recommender's units", "该推荐单位所荐的"),
	BODY("--recipient", "unit|recommender|office|reviewer", VALUE_CHOICE, "recipient", false, NULL,
	     "to this recipient", "发给该对象的"),
	BODY("--kind", "KIND", VALUE_TEXT, "kind", false, NULL, "of this kind of obligation", "该类义务事项的"),
	REASON("why nobody is reminded", "为何静默"), UNTIL(true),
	BODY("--author", "NAME", VALUE_TEXT, "author", false, NULL, "whose wish it is (default: you)", "提出人（默认为操作者）"),
	DRY_RUN, END,
};
static const struct option o_messages[] = { UNIT, OBLIGATION, ENDPOINT, STATE(DELIVERY_STATES), END };
static const struct option o_deliveries[] = { STATE(DELIVERY_STATES), ENDPOINT, UNIT, END };
static const struct option o_schedule[] = {
	QUERY("--days", "N", VALUE_NUMBER, "days", NULL, "how far ahead (default 30)", "向前查看天数（默认 30）"),
	PROGRAMME, UNIT, END,
};
/* A chat robot's URL is its key. */
#define URL(en, zh) \
	{ "--url", NULL, "URL", VALUE_TEXT, PLACE_HANDLER, NULL, false, NULL, { en, zh }, true }
#define URL_FILE \
	HANDLER("--url-file", NULL, "FILE", VALUE_FILE, false, NULL, \
		"file with that URL, which nobody then sees among the processes", \
		"存放该地址的文件，使其不出现在进程列表中")
static const struct option o_endpoint_add[] = {
	BODY("--owner", "OWNER", VALUE_TEXT, "owner", true, "owner", OWNER_EN, OWNER_ZH),
	URL("where messages go, http(s): or mailto: (- for standard input)",
	    "消息投递地址，http(s): 或 mailto:（- 表示标准输入）"),
	URL_FILE,
	BODY("--format", FORMATS, VALUE_CHOICE, "format", false, NULL,
	     "what the receiver understands (default standard; of mailto: mail)",
	     "接收端格式（默认 standard；mailto: 地址为 mail）"),
	HANDLER("--secret-file", NULL, "FILE", VALUE_FILE, false, NULL,
		"file with the signing secret (else one is made)", "签名密钥文件（否则自动生成）"),
	SIGNATURE, OPTION_MANY, END,
};
static const struct option o_endpoint_set[] = {
	URL("where messages go from now on", "新的消息投递地址"), URL_FILE,
	OPTION_MANY, DRY_RUN, END,
};
static const struct option o_endpoint_rotate[] = {
	BODY("--overlap", "SECONDS", VALUE_TEXT, "overlap_s", false, NULL,
	     "how long the one before signs along (default a day; 0: not at all)",
	     "旧密钥继续签名的秒数（默认一天；0 表示此前的密钥立即失效）"),
	HANDLER("--secret-file", NULL, "FILE", VALUE_FILE, false, NULL,
		"file with the new secret (else one is made)", "新密钥文件（否则自动生成）"),
	SIGNATURE, END,
};
static const struct option o_endpoints[] = {
	QUERY("--owner", "OWNER", VALUE_TEXT, "owner", "owner", OWNER_EN, OWNER_ZH), END,
};
static const struct option o_retry[] = {
	BODY("--state", "held|dead", VALUE_CHOICE, "state", false, NULL,
	     "all in this state, instead of ids", "该状态的全部，代替编号"),
	BODY("--endpoint", "ENDPOINT", VALUE_TEXT, "endpoint", false, "endpoint",
	     "only to this endpoint", "仅限该接收端"),
	BODY("--unit", "UNIT", VALUE_TEXT, "unit", false, "unit", "only about this unit", "仅限该揭榜单位"),
	BODY("--programme", "PROGRAMME", VALUE_TEXT, "programme", false, "programme",
	     "only about this programme", "仅限该批次"),
	BODY("--type", "TYPE", VALUE_TEXT, "type", false, NULL, "only of this type", "仅限该类事件"),
	BODY("--created-from", "INSTANT", VALUE_INSTANT, "created_from", false, NULL,
	     "only what was made then or later", "仅限该时刻及以后产生的"),
	BODY("--created-until", "INSTANT", VALUE_INSTANT, "created_until", false, NULL,
	     "only what was made before", "仅限该时刻以前产生的"),
	DRY_RUN, END,
};

const struct command commands_delivery[] = {
	{ "schedule", "next", NO_ARG, o_schedule, "GET", "/v1/schedule", &table_schedule, cmd_schedule_next,
	  { "what will be sent, to whom", "将向谁发送什么" }, "schedule next --days 30", false },
	{ "schedule", "explain", ARG_WIRE("UNIT", "unit", "unit"), NULL, "GET", "/v1/schedule/explain",
	  &table_explain, cmd_schedule_explain,
	  { "why each date is what it is", "每个日期的由来" }, NULL, false },
	{ "schedule", "export", NO_ARG, NULL, "GET", "/v1/schedule/export", NULL, cmd_schedule_export,
	  { "all obligations as CSV", "导出全部义务事项（CSV）" }, NULL, false },

	{ "endpoint", "add", NO_ARG, o_endpoint_add, "POST", "/v1/endpoints", &table_endpoint_added,
	  cmd_endpoint_add,
	  { "add a receiver of messages", "添加消息接收端" },
	  "endpoint add --owner unit:un_7 --url https://example.com/hook", false },
	{ "endpoint", "list", NO_ARG, o_endpoints, "GET", "/v1/endpoints", &table_endpoint, cmd_endpoint_list,
	  { "receivers of messages", "消息接收端" }, NULL, false },
	{ "endpoint", "show", ARG_ID("ENDPOINT", "endpoint"), NULL, "GET", "/v1/endpoints/:id/stats",
	  &table_endpoint, cmd_show,
	  { "one receiver, and how it fares", "一个接收端及其运行情况" }, NULL, false },
	{ "endpoint", "set", ARG_ID("ENDPOINT", "endpoint"), o_endpoint_set, "PATCH", "/v1/endpoints/:id",
	  &table_endpoint, cmd_endpoint_set,
	  { "another address, other options", "修改地址或选项" },
	  "endpoint set ep_7 --option concurrency=1 --option retry_s=60,600,3600", false },
	{ "endpoint", "rotate", ARG_ID("ENDPOINT", "endpoint"), o_endpoint_rotate, "POST", "/v1/endpoints/:id/rotate",
	  &table_endpoint_rotated, cmd_endpoint_rotate,
	  { "another signing secret; the one before signs along for a while", "更换签名密钥；旧密钥在一段时间内继续签名" },
	  "endpoint rotate ep_7 --overlap 86400", false },
	{ "endpoint", "delete", ARG_ID("ENDPOINT", "endpoint"), NULL, "DELETE", "/v1/endpoints/:id",
	  &table_endpoint_deleted, cmd_write,
	  { "delete it; what waits for it is cancelled", "删除；取消等待发往它的消息" }, NULL, false },
	{ "endpoint", "test", ARG_ID("ENDPOINT", "endpoint"), NULL, "POST", "/v1/endpoints/:id/test",
	  &table_endpoint_test, cmd_endpoint_test,
	  { "send a test message and wait for the answer; exit 1 if it did not arrive", "发送测试消息并等待应答；未送达时退出码为 1" },
	  "endpoint test ep_7", false },
	{ "endpoint", "enable", ARG_ID("ENDPOINT", "endpoint"), NULL, "POST", "/v1/endpoints/:id/enable",
	  &table_endpoint, cmd_write,
	  { "send to it again; what was held goes out", "重新启用；发送已搁置的消息" }, NULL, false },
	{ "endpoint", "disable", ARG_ID("ENDPOINT", "endpoint"), NULL, "POST", "/v1/endpoints/:id/disable",
	  &table_endpoint, cmd_write,
	  { "hold its messages", "停用；搁置其消息" }, NULL, false },

	{ "silence", "add", NO_ARG, o_silence, "POST", "/v1/silences", &table_silence, cmd_write,
	  { "remind nobody of what matches, for a time", "在一段时间内不提醒所匹配的事项" },
	  "silence add --unit un_7 --until 2025-03-01 --reason \"the system is being moved\"", false },
	{ "silence", "list", NO_ARG, NULL, "GET", "/v1/silences", &table_silence, cmd_list,
	  { "silences, newest first", "静默，最新在前" }, NULL, false },
	{ "silence", "expire", ARG_ID("SILENCE", NULL), NULL, "POST", "/v1/silences/:id/expire", &table_silence, cmd_write,
	  { "end one now", "立即结束一项静默" }, NULL, false },

	{ "message", "list", NO_ARG, o_messages, "GET", "/v1/messages", &table_message, cmd_list,
	  { "messages", "消息" }, NULL, false },
	{ "message", "show", ARG_ID("MESSAGE", "message"), NULL, "GET", "/v1/messages/:id", &table_message, cmd_show,
	  { "one message", "一条消息" }, NULL, false },
	{ "message", "items", ARG_ID("MESSAGE", "message"), NULL, "GET", "/v1/messages/:id/items", &table_digest_item, cmd_list,
	  { "what a digest speaks of", "汇总消息的各项内容" }, NULL, false },

	{ "delivery", "list", NO_ARG, o_deliveries, "GET", "/v1/deliveries", &table_delivery, cmd_list,
	  { "deliveries and their state", "投递及其状态" }, "delivery list --state dead", false },
	{ "delivery", "show", ARG_ID("DELIVERY", "delivery"), NULL, "GET", "/v1/deliveries/:id",
	  &table_delivery, cmd_show,
	  { "one delivery with its body and attempts", "一次投递及其内容与尝试" }, NULL, false },
	{ "delivery", "retry", { "DELIVERY", VALUE_TEXT, NULL, "delivery", true, true }, o_retry, "POST",
	  "/v1/deliveries/retry", &table_retried, cmd_delivery_retry,
	  { "send again what is held or dead, with the same webhook-id",
	    "重发已搁置或已失败的投递（webhook-id 不变）" },
	  "delivery retry --state dead --endpoint ep_7 --dry-run", false },
	{ .noun = NULL },
};

/* clang-format on */
