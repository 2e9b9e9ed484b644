/*
 * The exchange on a kept connection: when it is used again, when not, and what happens if the peer closes it under our
 * hands. The server counts requests and connections; what the receiver would see twice is seen here.
 */
#include "courier_kit.h"

#define BIG_BYTES (8 * 1024 * 1024) /* more than the two socket buffers hold */

static void serve(struct kit *kit, const struct script *script)
{
	kit->server.scripts = script;
	kit->server.n_scripts = 1;
}

static void post_it(struct kit *kit)
{
	submit_path(kit, 1, "/it");
	kit_run(kit, 1);
}

/* ---- is it kept? ---- */

static const struct {
	const char *what;
	const char *raw;
	enum after after;
	unsigned connections; /* for two messages */
} keeping[] = {
	{ "length", OK, KEEP, 1 },
	{ "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", KEEP, 1 },
	{ "no content", "HTTP/1.1 204 No\r\n\r\n", KEEP, 1 },
	{ "a refusal", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", KEEP, 1 },
	{ "interim before", "HTTP/1.1 103 Early\r\n\r\n" OK, KEEP, 1 },
	{ "close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", KEEP, 2 },
	{ "1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", KEEP, 2 },
	{ "1.0 that keeps",
	  "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", KEEP, 1 },
	{ "until close", "HTTP/1.1 200 OK\r\n\r\nok", CLOSE, 2 },
	{ "octets behind the end", OK "junk", KEEP, 2 },
	{ "a second answer behind the end", OK OK, KEEP, 2 },
	{ "both framings",
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	  KEEP, 2 },
	{ "bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", KEEP, 2 },
};

static void test_keeping(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keeping) / sizeof(keeping[0]); i++) {
		const struct script script = { "/it", keeping[i].raw, 0, keeping[i].after, NULL };
		struct kit kit;
		kit_start(&kit, "127.0.0.0/8");
		serve(&kit, &script);
		for (int k = 0; k < 2; k++) {
			post_it(&kit);
			assert_int_equal(kit.last.end, ATTEMPT_ANSWERED);
		}
		if (kit.server.connections != keeping[i].connections || kit.server.requests != 2)
			fail_msg("%s: %u connections, %u requests", keeping[i].what,
				 kit.server.connections, kit.server.requests);
		kit_stop(&kit);
	}
}

/* Another path of the same origin goes over the same connection, another origin does not. */
static void test_origin(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	submit_path(&kit, 1, "/ok/other");
	kit_run(&kit, 1);
	assert_int_equal(kit.server.connections, 1);
	submit_host(&kit, 1, "localhost");
	kit_run(&kit, 1);
	assert_int_equal(kit.last.status, 200);
	assert_int_equal(kit.server.connections, 2);
	kit_stop(&kit);
}

/* A firewall may have forgotten what was idle for long. */
static void test_old(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	TAILQ_FIRST(&kit.courier->idle)->idle_ms -= 60001;
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	assert_int_equal(kit.server.connections, 2);
	kit_stop(&kit);
}

/* What an idle connection says is nobody's answer. */
static void test_idle_talk(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	bufferevent_write(LIST_FIRST(&kit.server.peers)->bev, OK, strlen(OK));
	while (!LIST_EMPTY(&kit.server.peers))
		event_base_loop(kit.base, EVLOOP_ONCE);
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	assert_int_equal(kit.last.status, 200);
	assert_int_equal(kit.server.connections, 2);
	kit_stop(&kit);
}

/* ---- closed under our hands ---- */

/* Nothing of the message has gone out: what lies in the socket is no answer to it, however good it looks. */
static void test_answer_before_the_question(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	struct peer *peer = LIST_FIRST(&kit.server.peers);
	assert_int_equal(send(bufferevent_getfd(peer->bev), OK, strlen(OK), 0), strlen(OK));
	peer_reset(peer);
	submit_path(&kit, 1, "/ok"); /* begins before the loop looks at the socket */
	kit_run(&kit, 1);
	assert_int_equal(kit.last.status, 200);
	assert_int_equal(kit.server.requests, 2);
	assert_int_equal(kit.server.connections, 2);
	kit_stop(&kit);
}

static const struct script once = { "/it", OK, 0, ONCE, NULL };
static const struct script once_reset = { "/it", OK, 0, ONCE_RESET, NULL };
static const struct script closes = { "/it", "", 0, CLOSE, NULL };
static const struct script resets = { "/it", "", 0, RESET, NULL };
static const struct script hangs = { "/it", "", 0, HANG, NULL };
static const struct script begins = { "/it", "H", 0, CLOSE, NULL };

static const struct {
	const char *what;
	const struct script *first, *second; /* what serves the two messages */
	enum attempt_end end;
	const char *reason;
	unsigned requests;
	unsigned connections;
} stale[] = {
	{ "closed", &once, &once, ATTEMPT_ANSWERED, "", 3, 2 },
	{ "reset", &once_reset, &once_reset, ATTEMPT_ANSWERED, "", 3, 2 },
	/* The new connection has no better luck: that is the attempt's end. */
	{ "closed twice", &once, &closes, ATTEMPT_BROKEN,
	  "response: connection closed without an answer", 3, 2 },
	{ "reset twice", &once, &resets, ATTEMPT_BROKEN, "response: connection reset by the peer",
	  3, 2 },
	/* Something of an answer has come, or nothing says that the peer has not got it: nothing is repeated. */
	{ "begun", &once, &begins, ATTEMPT_BROKEN, "response: cut short", 2, 1 },
	{ "no answer", &once, &hangs, ATTEMPT_TIMEOUT, "timeout: no complete answer", 2, 1 },
};

static void test_stale(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stale) / sizeof(stale[0]); i++) {
		struct kit kit;
		kit_start(&kit, "127.0.0.0/8");
		kit.options.timeout_s = 1;
		serve(&kit, stale[i].first);
		post_it(&kit);
		assert_int_equal(kit.last.status, 200);
		serve(&kit, stale[i].second);
		post_it(&kit);
		if (kit.last.end != stale[i].end || strcmp(kit.last.reason, stale[i].reason) != 0 ||
		    kit.server.requests != stale[i].requests ||
		    kit.server.connections != stale[i].connections)
			fail_msg("%s: %s '%s', %u requests, %u connections", stale[i].what,
				 attempt_end_name(kit.last.end), kit.last.reason,
				 kit.server.requests, kit.server.connections);
		assert_int_equal(kit.done, 2); /* one result a message, however often it went out */
		kit_stop(&kit);
	}
}

/* The repetition is the same message to the octet: id, time, signature, body. */
static void test_stale_text(void **state)
{
	struct kit kit;
	struct buf first = BUF_EMPTY;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	serve(&kit, &once);
	post_it(&kit);
	post_it(&kit);
	assert_int_equal(kit.server.requests, 3);
	const struct transfer *transfer = TAILQ_FIRST(&kit.courier->idle);
	buf_add(&first, kit.server.head.data, kit.server.head.len);
	buf_add(&first, kit.server.body.data, kit.server.body.len);
	assert_int_equal(first.len, transfer->post.text.len);
	assert_memory_equal(first.data, transfer->post.text.data, first.len);
	buf_clear(&first);
	kit_stop(&kit);
}

/* What was begun anew ends in time as well. */
static void test_stale_deadline(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.options.timeout_s = 1;
	serve(&kit, &once);
	post_it(&kit);
	/* The new connection is made by the kernel and accepted by nobody. */
	evconnlistener_disable(kit.server.listener);
	post_it(&kit);
	assert_int_equal(kit.last.end, ATTEMPT_TIMEOUT);
	assert_true(kit.last.elapsed_ms >= 990);
	kit_stop(&kit);
}

/* ---- answered early ---- */

static void submit_big(struct kit *kit)
{
	char url[128];
	char *body = xmalloc(BIG_BYTES);

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/it?key=" KEY, kit->server.port);
	memset(body, 'b', BIG_BYTES);
	struct courier_job *job = job_new(1, url);
	courier_job_say(job, "msg_1", url, body, BIG_BYTES);
	free(body);
	if (!kit->courier)
		kit->courier = courier_new(kit->base, &kit->options, kit->guard, on_done, kit);
	courier_submit(kit->courier, job);
	kit_run(kit, 1);
}

/* A peer that has heard enough says so before the body is through: that is its answer, and the connection goes. */
static void test_early(void **state)
{
	static const struct script early[] = {
		{ "/it", "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno", 0, EARLY, NULL },
		{ "/it", "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno", 0, EARLY_CLOSE, NULL },
		{ "/it", "HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", 0,
		  EARLY_CLOSE, NULL },
	};
	static const struct script calm = { "/it", OK, 0, KEEP, NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
		struct kit kit;
		kit_start(&kit, "127.0.0.0/8");
		serve(&kit, &early[i]);
		submit_big(&kit);
		assert_int_equal(kit.last.end, ATTEMPT_ANSWERED);
		assert_int_equal(kit.last.status, 413);
		assert_string_equal(kit.last.excerpt, "no");
		serve(&kit, &calm);
		post_it(&kit);
		assert_int_equal(kit.last.status, 200);
		assert_int_equal(kit.server.connections, 2);
		kit_stop(&kit);
	}
}

/* A body that goes out in many pieces arrives whole, and what was waited for is waited for no more. */
static void test_big(void **state)
{
	static const struct script calm = { "/it", OK, 0, KEEP, NULL };
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	serve(&kit, &calm);
	for (int i = 0; i < 2; i++) {
		submit_big(&kit);
		assert_int_equal(kit.last.status, 200);
		assert_int_equal(kit.server.body.len, BIG_BYTES);
	}
	assert_int_equal(kit.server.connections, 1);
	assert_int_equal(TAILQ_FIRST(&kit.courier->idle)->line.wanted, EV_READ);
	post_it(&kit);
	assert_true(TAILQ_FIRST(&kit.courier->idle)->post.text.cap < 100000);
	kit_stop(&kit);
}

/* ---- neighbours ---- */

static void close_and_submit(evutil_socket_t fd, short what, void *arg)
{
	struct kit *kit = arg;
	const struct peer *peer = LIST_FIRST(&kit->server.peers);

	(void)fd;
	(void)what;
	/* Past the loop: the end lies in the socket when the other connection is made in this very pass. */
	assert_int_equal(shutdown(bufferevent_getfd(peer->bev), SHUT_WR), 0);
	submit_path(kit, 2, "/ok");
}

/*
 * Once a second, when it makes a connection, libcurl looks through those in its cache that look idle, and closes what the peer
 * has closed. Ours must not be among them, or their attempts would wait for ever.
 */
static void test_neighbour(void **state)
{
	static const struct timeval later = { 1, 100000 };
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	submit_path(&kit, 1, "/hang");
	event_base_once(kit.base, -1, EV_TIMEOUT, close_and_submit, &kit, &later);
	kit_run(&kit, 2);
	assert_int_equal(kit.end_of[1], ATTEMPT_BROKEN);
	assert_int_equal(kit.end_of[2], ATTEMPT_ANSWERED);
	kit_stop(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeping),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_idle_talk),
		cmocka_unit_test(test_answer_before_the_question),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_stale_text),
		cmocka_unit_test(test_stale_deadline),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_big),
		cmocka_unit_test(test_neighbour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
