/*
 * The limit that filed reports are measured against: the same front, routes, token check, JSON body and answer as
 * POST /v1/obligations/:id/submissions, without engine, rules and storage. What is measured is what keeping a report
 * costs, and not what reading one does.
 *
 *   report_front PORT TOKEN        prints "ready" when it listens
 */
#include "http/front.h"
#include "http/route.h"
#include "jiebang/digest.h"
#include "jiebang/json.h"
#include "jiebang/text.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t good_token[DIGEST_BYTES];
static int64_t filed;

static const struct route *find(const struct front_request *request, struct target *target)
{
	struct problem problem;
	unsigned allow;
	if (target_path(target, front_path(request), &problem) != FAULT_NONE)
		return NULL;
	return route_match(routes, n_routes, method_parse(front_method(request)), target, &allow);
}

static void on_plan(void *arg, struct front_request *request, struct front_plan *plan)
{
	struct target target;
	(void)arg;
	(void)find(request, &target);
	plan->body_max_bytes = 65536;
}

static bool signed_in(const struct front_request *request)
{
	static const char scheme[] = "Bearer ";
	uint8_t sum[DIGEST_BYTES];
	const char *header = front_header(request, "Authorization");
	if (!header || strncmp(header, scheme, sizeof(scheme) - 1) != 0)
		return false;
	header += sizeof(scheme) - 1;
	digest_sha256(header, strlen(header), sum);
	return digest_equal(sum, good_token, DIGEST_BYTES);
}

static const char *member(const struct jr_doc *doc, const char *name)
{
	const char *text = jr_string(jr_member(jr_root(doc), name));
	return text ? text : "";
}

static void answer(struct front_request *request, const struct jr_doc *doc, int64_t key)
{
	struct buf out = BUF_EMPTY;
	struct jw jw;
	struct submission_shown shown = { .key = ++filed,
					  .obligation_key = key,
					  .version = 1,
					  .filed_at = 1725206400,
					  .author = member(doc, "author"),
					  .receipt = member(doc, "receipt"),
					  .summary = member(doc, "summary"),
					  .content = "{}",
					  .content_len = 2 };
	jw_init(&jw, &out);
	submission_write(&jw, &shown);
	front_reply(request, 201, "application/json", NULL, 0, out.data, out.len);
	buf_clear(&out);
}

static void on_handle(void *arg, struct front_request *request)
{
	struct problem problem;
	struct target target;
	struct jr_doc *doc = NULL;
	size_t len;
	(void)arg;
	const struct route *route = find(request, &target);
	const char *body = front_body(request, &len);
	if (!route || route->verb != &verb_submit || !signed_in(request) || !body ||
	    target_id(&target, route, &problem) != FAULT_NONE ||
	    target_query(&target, route, front_query(request), &problem) != FAULT_NONE ||
	    jr_read(body, len, &doc, &problem) != FAULT_NONE)
		front_reply(request, 400, "text/plain", NULL, 0, "no", 2);
	else
		answer(request, doc, target.args.key);
	jr_free(doc);
}

static bool listen_on(struct front *front, int64_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((uint16_t)port) };
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0 && listen(fd, 4096) == 0 &&
	       front_listen(front, fd, false);
}

int main(int argc, char **argv)
{
	struct front_options options;
	struct front_callbacks callbacks = { .plan = on_plan, .handle = on_handle };
	int64_t port;
	front_options_default(&options);
	options.connections_per_address_max = 512;
	if (argc != 3 || !text_parse_i64(argv[1], 1, 65535, &port))
		fatal(64, "usage: report_front PORT TOKEN");
	digest_sha256(argv[2], strlen(argv[2]), good_token);
	struct event_base *base = event_base_new();
	struct front *front = front_new(base, &options, "/tmp", &callbacks);
	if (!listen_on(front, port))
		fatal(71, "can't listen on port %s", argv[1]);
	(void)puts("ready");
	(void)fflush(stdout);
	(void)event_base_dispatch(base);
	return 0;
}
