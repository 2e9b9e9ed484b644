/*
 * One table for the status line, for the front's own refusals and for those of the handlers (http/problem.c), so that a
 * status has the same words whoever refuses.
 */
#include "http/front_status.h"

#include <stddef.h>

/* No refusal: what it would be called is never asked. */
#define NONE "", "", false, NULL

/* clang-format off */
static const struct front_status statuses[] = {
	{ 200, "OK", NONE },
	{ 201, "Created", NONE },
	{ 202, "Accepted", NONE },
	{ 204, "No Content", NONE },
	{ 206, "Partial Content", NONE },
	{ 301, "Moved Permanently", NONE },
	{ 302, "Found", NONE },
	{ 303, "See Other", NONE },
	{ 304, "Not Modified", NONE },
	{ 307, "Temporary Redirect", NONE },
	{ 308, "Permanent Redirect", NONE },
	{ 400, "Bad Request", "请求有误", "invalid", false, NULL },
	{ 401, "Unauthorized", "未验证身份", "unauthenticated", false, NULL },
	{ 403, "Forbidden", "没有权限", "denied", false, NULL },
	{ 404, "Not Found", "没有找到", "not_found", false, NULL },
	{ 405, "Method Not Allowed", "不支持的方法", "method_not_allowed", false, NULL },
	{ 406, "Not Acceptable", "没有可接受的内容", "not_acceptable", false, NULL },
	{ 408, "Request Timeout", "请求超时", "timeout", false, NULL },
	{ 409, "Conflict", "与现状冲突", "conflict", true, NULL },
	{ 410, "Gone", "已不存在", "gone", false, NULL },
	{ 411, "Length Required", "缺少内容长度", "length_required", false, NULL },
	{ 412, "Precondition Failed", "内容已变化", "stale", false, NULL },
	{ 413, "Content Too Large", "内容过大", "too_large", false, NULL },
	{ 414, "URI Too Long", "请求地址过长", "target_too_long", false, NULL },
	{ 415, "Unsupported Media Type", "不支持的内容类型", "unsupported_media_type", false, NULL },
	{ 416, "Range Not Satisfiable", "范围无法满足", "range", false, NULL },
	{ 417, "Expectation Failed", "无法满足预期", "expectation", false, NULL },
	{ 421, "Misdirected Request", "请求发错了地方", "misdirected", false, NULL },
	{ 422, "Unprocessable Content", "内容不符合要求", "unprocessed", false, NULL },
	{ 428, "Precondition Required", "缺少前提条件", "precondition_required", false, NULL },
	{ 429, "Too Many Requests", "请求过多", "too_many_requests", false, "60" },
	{ 431, "Request Header Fields Too Large", "请求头过大", "head_too_large", false, NULL },
	{ 500, "Internal Server Error", "服务内部错误", "failed", true, NULL },
	{ 501, "Not Implemented", "尚不支持", "not_implemented", false, NULL },
	{ 503, "Service Unavailable", "暂时不可用", "busy", true, "5" },
	{ 504, "Gateway Timeout", "上游超时", "upstream_timeout", false, NULL },
	{ 505, "HTTP Version Not Supported", "不支持的 HTTP 版本", "version", false, NULL },
	{ 507, "Insufficient Storage", "磁盘空间不足", "full", false, "30" },
};
/* clang-format on */

const struct front_status *front_status_of(int status)
{
	static const struct front_status other = { 0, "Error", "错误", "failed", true, NULL };
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (statuses[i].status == status)
			return &statuses[i];
	return &other;
}
