/*
 * Answers. The front writes what frames them (Date, Content-Length, Connection, Transfer-Encoding); names and values
 * that could break the framing are dropped here, whatever the handler had in mind. Its own errors are problem
 * documents (RFC 9457) of fixed words in both languages, of the shape that http/problem.c gives to all others: nothing of
 * the request is echoed.
 */
#include "http/front_internal.h"
#include "http/front_status.h"
#include "jiebang/chinese.h"
#include "jiebang/clock.h"
#include "jiebang/json.h"
#include "jiebang/log.h"
#include "jiebang/parser_class.h"
#include "jiebang/text.h"

#include <string.h>
#include <sys/uio.h>

static void add_number(struct buf *out, int64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buf_add(out, digits + at, sizeof digits - at);
}

/* IMF-fixdate (RFC 9110 section 5.6.7), the days counted as in Howard Hinnant's civil_from_days. */
static void date_line(struct buf *out, int64_t now_at)
{
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";
	int64_t day = now_at / 86400;
	int64_t of_era = (day + 719468) % 146097;
	int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t year = year_of_era + (day + 719468) / 146097 * 400 + (month >= 10);

	buf_addf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + 3 * (day % 7),
		 (int)(of_year - (153 * month + 2) / 5 + 1), months + 3 * month, (int)year,
		 (int)(now_at % 86400 / 3600), (int)(now_at % 3600 / 60), (int)(now_at % 60));
}

/* Put together once a second. */
static void add_date(struct front *front, struct buf *out)
{
	int64_t now_at = clock_wall_at();

	if (front->date_at != now_at || front->date.len == 0) {
		buf_reset(&front->date);
		date_line(&front->date, now_at);
		front->date_at = now_at;
	}
	buf_add(out, front->date.data, front->date.len);
}

static bool ours(const char *name)
{
	static const struct {
		const char *name;
		size_t len;
	} own[] = { { "date", 4 },
		    { "connection", 10 },
		    { "content-type", 12 },
		    { "content-length", 14 },
		    { "transfer-encoding", 17 } };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		if (parser_same(name, len, own[i].name, own[i].len))
			return true;
	}
	return false;
}

static void add_field(struct buf *out, const char *name, const char *value)
{
	if (!parser_is_token(name, strlen(name)) || !parser_is_value(value, strlen(value))) {
		log_error("a malformed header field was dropped from an answer", "name=%s", name);
		return;
	}
	buf_adds(out, name);
	buf_add(out, ": ", 2);
	buf_adds(out, value);
	buf_add(out, "\r\n", 2);
}

/* RFC 9110 section 8.6: none with 204; with 304 only the length that a 200 would have had. */
static void add_framing(struct buf *out, const struct answer *answer)
{
	if (answer->chunked)
		buf_adds(out, "Transfer-Encoding: chunked\r\n");
	if (answer->length > 0 || (answer->length == 0 && answer->status != 304)) {
		if (answer->status != 204) {
			buf_adds(out, "Content-Length: ");
			add_number(out, answer->length);
			buf_add(out, "\r\n", 2);
		}
	}
	if (answer->close)
		buf_adds(out, "Connection: close\r\n");
}

const struct buf *answer_head(struct front *front, const struct answer *answer)
{
	struct buf *out = &front->scratch;

	buf_reset(out);
	buf_adds(out, "HTTP/1.1 ");
	add_number(out, answer->status);
	buf_addc(out, ' ');
	buf_adds(out, front_status_of(answer->status)->title);
	buf_add(out, "\r\n", 2);
	add_date(front, out);
	if (answer->content_type)
		add_field(out, "Content-Type", answer->content_type);
	for (size_t i = 0; i < answer->n_headers; i++) {
		if (ours(answer->headers[i].name))
			log_error("a header field of the front was dropped from an answer",
				  "name=%s", answer->headers[i].name);
		else
			add_field(out, answer->headers[i].name, answer->headers[i].value);
	}
	add_framing(out, answer);
	buf_add(out, "\r\n", 2);
	return out;
}

static bool bodyless(int status)
{
	return status == 204 || status == 304;
}

/* More requests are here already: their answers go out in one send, unless that gathers too much. */
static bool may_gather(const struct conn *conn, size_t len)
{
	return conn->running && conn->at < conn->len && !conn->close_after &&
	       !conn->front->draining && conn_queued(conn) + len < FRONT_CORK_BYTES;
}

static void send_answer(struct conn *conn, const struct answer *answer, const void *body,
			size_t len)
{
	const struct buf *head = answer_head(conn->front, answer);
	struct iovec pieces[2] = {
		{ .iov_base = head->data, .iov_len = head->len },
		{ .iov_base = (void *)(uintptr_t)body, .iov_len = len },
	};
	bool with_body = len > 0 && !conn->request.is_head && !bodyless(answer->status);

	conn->corked = may_gather(conn, len);
	if (conn_send(conn, pieces, with_body ? 2 : 1))
		conn_answered(conn);
}

void front_reply(struct front_request *request, int status, const char *content_type,
		 const struct front_header_pair *headers, size_t n_headers, const void *body,
		 size_t len)
{
	struct conn *conn = request->conn;

	INVARIANT(request->live);
	INVARIANT(status >= 200 && status <= 599);
	conn_hold(conn);
	request->live = false;
	if (conn->fd >= 0) {
		struct answer answer = { .status = status,
					 .content_type = content_type,
					 .headers = headers,
					 .n_headers = n_headers,
					 .length = (int64_t)len,
					 .close = conn->close_after || conn->front->draining };
		send_answer(conn, &answer, body, len);
	}
	conn_release(conn);
}

/* ---- the front's own errors ---- */

static void problem_body(struct buf *out, int status, const char *detail)
{
	const struct front_status *kind = front_status_of(status);
	char type[64] = FRONT_PROBLEM;
	struct buf zh = BUF_EMPTY;
	struct jw jw;

	(void)text_copy(type + strlen(type), sizeof type - strlen(type), kind->problem);
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", type);
	jw_kv_str(&jw, "title", kind->title);
	jw_kv_str(&jw, "title_zh", kind->title_zh);
	jw_kv_int(&jw, "status", status);
	jw_kv_str(&jw, "detail", detail);
	if (chinese_of(detail, &zh))
		jw_kv_str(&jw, "detail_zh", buf_str(&zh));
	jw_object_end(&jw);
	buf_clear(&zh);
}

void conn_refuse(struct conn *conn, int status, const char *detail)
{
	conn_refuse_with(conn, status, detail, NULL);
}

void conn_refuse_with(struct conn *conn, int status, const char *detail,
		      const struct front_header_pair *header)
{
	struct buf body = BUF_EMPTY;
	struct answer answer = { .status = status,
				 .content_type = "application/problem+json",
				 .headers = header,
				 .n_headers = header ? 1 : 0,
				 .close = true };

	problem_body(&body, status, detail);
	answer.length = (int64_t)body.len;
	conn->close_after = true;
	send_answer(conn, &answer, body.data, body.len);
	buf_clear(&body);
}

/* Best effort: the socket is closed right behind it. */
void conn_refuse_now(struct front *front, int fd, int status, const char *detail)
{
	struct buf body = BUF_EMPTY;
	struct answer answer = { .status = status,
				 .content_type = "application/problem+json",
				 .close = true };
	const struct buf *head;

	problem_body(&body, status, detail);
	answer.length = (int64_t)body.len;
	head = answer_head(front, &answer);
	{
		struct iovec pieces[2] = { { head->data, head->len }, { body.data, body.len } };
		struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };
		sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	buf_clear(&body);
}
