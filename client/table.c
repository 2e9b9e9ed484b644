/*
 * The table: one row a command, one row an option. What stands in it is what help, completion, the man page, usage
 * errors and requests say. The rows are in files by what they are about (table_*.c); here is their order, and the
 * options that every command has. The formatter is off: it would tear every row into a column of scraps.
 */
#include "table_parts.h"

/* clang-format off */

const struct option global_options[] = {
	[GLOBAL_SERVER] = HANDLER("--server", NULL, "SERVER", VALUE_TEXT, false, NULL,
		"unix:PATH, http://HOST:PORT or https://… (else JIEBANG_SERVER)",
		"unix:路径、http://主机:端口或 https://…（否则用 JIEBANG_SERVER）"),
	[GLOBAL_TOKEN_FILE] = HANDLER("--token-file", NULL, "FILE", VALUE_FILE, false, NULL,
		"file with the access token (else JIEBANG_TOKEN)", "令牌文件（否则用 JIEBANG_TOKEN）"),
	[GLOBAL_OUTPUT] = HANDLER("--output", "-o", "text|wide|json|jsonl|csv", VALUE_CHOICE, false, NULL,
		"form of the result", "结果格式"),
	[GLOBAL_QUIET] = HANDLER("--quiet", "-q", NULL, VALUE_FLAG, false, NULL,
		"ids only; of what is shown only once, the secret", "只输出编号；仅显示一次的密钥则输出密钥"),
	[GLOBAL_LANG] = HANDLER("--lang", NULL, "zh|en", VALUE_CHOICE, false, NULL,
		"language (else by the locale)", "语言（默认按区域设置）"),
	[GLOBAL_NO_HEADER] = HANDLER("--no-header", NULL, NULL, VALUE_FLAG, false, NULL,
		"no header line in tables and CSV", "表格和 CSV 不带表头"),
	[GLOBAL_COLOUR] = HANDLER("--color", NULL, "auto|always|never", VALUE_CHOICE, false, NULL,
		"colours (NO_COLOR counts in auto)", "颜色（auto 时遵从 NO_COLOR）"),
	[GLOBAL_LIMIT] = HANDLER("--limit", NULL, "N", VALUE_NUMBER, false, NULL,
		"at most N rows of a list (default: all)", "列表最多 N 行（默认全部）"),
	[GLOBAL_TIMEOUT] = HANDLER("--timeout", NULL, "DURATION", VALUE_SECONDS, false, NULL,
		"time allowed for one request (default 60s)", "单个请求的时限（默认 60s）"),
	[GLOBAL_KEY] = HANDLER("--idempotency-key", NULL, "KEY", VALUE_KEY, false, NULL,
		"repeat a write whose end is not known", "安全重试结果不明的写入"),
	[GLOBAL_WATCH] = HANDLER("--watch", "-w", "DURATION", VALUE_SECONDS, false, NULL,
		"show a read again and again, with this pause", "按此间隔反复显示（仅限读取）"),
	[GLOBAL_HELP] = HANDLER("--help", "-h", NULL, VALUE_FLAG, false, NULL, "help", "帮助"),
	[GLOBAL_VERSION] = HANDLER("--version", NULL, NULL, VALUE_FLAG, false, NULL,
		"print the version", "输出版本"),
	[GLOBAL_COUNT] = END,
};

static const struct command commands_first[] = {
	{ "status", NULL, NO_ARG, NULL, "GET", "/v1/status", &table_status, cmd_status,
	  { "what stands where, on one screen", "一屏总览" }, NULL, false },
	{ .noun = NULL },
};

/* clang-format on */

static const struct command *const parts[] = {
	commands_first, commands_unit, commands_obligation, commands_delivery, commands_daemon,
};

#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

/* The part whose end is `end`. */
static size_t part_that_ends(const struct command *end)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		const struct command *row = parts[i];

		while (row->noun != NULL)
			row++;
		if (row == end)
			return i;
	}
	return N_PARTS;
}

const struct command *command_next(const struct command *command)
{
	size_t part;

	if (command == NULL)
		return parts[0];
	if ((++command)->noun != NULL)
		return command;
	part = part_that_ends(command) + 1;
	return part < N_PARTS ? parts[part] : NULL;
}
