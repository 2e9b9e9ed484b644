/*
 * What is refused before a handler runs. tests/lint/sentences.py finds the sentence that has no row.
 */
#include "base/chinese_parts.h"

/* clang-format off */

const struct phrase chinese_http[] = {
	/* ---- heads ---- */
	{ "The request ends early.", "请求不完整" },
	{ "The request did not arrive in time.", "请求未能及时到达" },
	{ "The request body arrives too slowly.", "请求内容传输过慢" },
	{ "The request head is too large.", "请求头过大" },
	{ "There are too many header fields.", "请求头字段过多" },
	{ "A line ends without CR LF.", "有一行没有以 CR LF 结束" },
	{ "The request line does not end in an HTTP version.", "请求行末尾不是 HTTP 版本" },
	{ "Only HTTP/1.1 is spoken here.", "此处只支持 HTTP/1.1" },
	{ "The method is not a token.", "请求方法不合语法" },
	{ "The method is longer than any that is known here.", "请求方法过长，此处没有这样的方法" },
	{ "The request target is too long.", "请求地址过长" },
	{ "The request target holds an octet that does not belong there.", "请求地址含有不允许的字节" },
	{ "The request target has a malformed percent escape.", "请求地址中的百分号转义有误" },
	{ "The request target has no form known here.", "请求地址的形式不受支持" },
	{ "The authority of the request target is not a host.", "请求地址中的主机名有误" },
	{ "This server is no proxy.", "本服务不是代理" },
	{ "There is no Host field.", "缺少 Host 字段" },
	{ "There is more than one Host field.", "Host 字段重复" },
	{ "The Host field is not a host.", "Host 字段不是有效的主机名" },
	{ "The name of a header field is not a token followed by a colon.", "请求头字段的名称有误，须为名称加冒号" },
	{ "The value of a header field holds a control character.", "请求头字段的值含有控制字符" },
	{ "A header field is folded over two lines.", "请求头字段不得折成两行" },
	{ "There is more than one Content-Length field.", "Content-Length 字段重复" },
	{ "Content-Length is not a number.", "Content-Length 不是数字" },
	{ "Content-Length is empty.", "Content-Length 是空的" },
	{ "Content-Length is beyond all bounds.", "Content-Length 过大" },
	{ "There is more than one Transfer-Encoding field.", "Transfer-Encoding 字段重复" },
	{ "Transfer-Encoding is empty.", "Transfer-Encoding 是空的" },
	{ "The only transfer coding known here is chunked.", "此处只支持 chunked 传输编码" },
	{ "Content-Length and Transfer-Encoding exclude each other.", "Content-Length 与 Transfer-Encoding 不得同时出现" },
	{ "HTTP/1.0 has no Transfer-Encoding.", "HTTP/1.0 没有 Transfer-Encoding" },
	{ "The only expectation met here is 100-continue.", "此处只支持 Expect: 100-continue" },

	/* ---- bodies ---- */
	{ "The body is too large.", "请求内容过大" },
	{ "The chunked body is malformed.", "分块的请求内容格式有误" },
	{ "The size of a chunk is malformed.", "分块的大小有误" },
	{ "A chunk extension is malformed or too long.", "分块扩展有误或过长" },
	{ "A trailer field is malformed.", "尾部字段有误" },
	{ "The trailer is too large.", "尾部过大" },

	/* ---- uploads, before their bytes ---- */
	{ "Upload-Offset is not where the upload stands.", "Upload-Offset 与上传的当前位置不符" },
	{ "There is no such upload, or not any more; begin it anew.", "没有这个上传，或已失效；请重新开始" },
	{ "An upload takes no parameters.", "上传不接受参数" },
	{ "Another request is at work on this upload.", "另一个请求正在写入该上传" },

	/* ---- the clock ---- */
	{ "an advance by a duration takes no Idempotency-Key", "按时长推进时钟不接受 Idempotency-Key" },
	{ "give to instead of by: the same instant can be asked for again", "请用 to 代替 by：同一时刻可以重复请求" },

	/* ---- room ---- */
	{ "There is no space for the request body.", "没有空间存放请求内容" },
	{ "The request body can't be stored now.", "暂时无法存放请求内容" },
	{ "The request body can't be taken.", "无法接收请求内容" },
	{ "The server is full; this request was the oldest unfinished one.", "服务的连接已满；本请求是最早的未完成请求，已被关闭" },
	{ "The server is full.", "服务的连接已满" },
	{ "There are too many connections from this address.", "来自该地址的连接过多" },
};

/* clang-format on */

const size_t n_chinese_http = sizeof(chinese_http) / sizeof(chinese_http[0]);
