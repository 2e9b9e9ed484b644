/*
 * The front from inside: what black-box tests (tests/system/test_front.py) can't ask for. Requests come over a socket
 * pair's kin, a Unix socket in the abstract name space.
 */
#include "http/front.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct event_base *base;
	struct front *front;
	struct sockaddr_un address;
	struct front_request *request; /* handed over, not replied to */
	struct front_stream *stream;
	unsigned drained;
	unsigned gone;
	bool plan_sets_data;
};

static void on_plan(void *arg, struct front_request *request, struct front_plan *plan)
{
	struct fixture *f = arg;

	plan->body_max_bytes = 100;
	if (f->plan_sets_data)
		front_set_data(request, f);
}

static void on_handle(void *arg, struct front_request *request)
{
	struct fixture *f = arg;

	f->request = request;
	event_base_loopbreak(f->base);
}

static void on_drained(void *arg)
{
	((struct fixture *)arg)->drained++;
}

static void on_gone(void *arg)
{
	((struct fixture *)arg)->gone++;
}

static int listener(struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	address->sun_family = AF_UNIX;
	snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "jiebang-front-wire-%d",
		 (int)getpid());
	assert_int_equal(bind(fd, (const struct sockaddr *)address, sizeof *address), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int setup(void **state)
{
	static struct fixture f;
	struct front_options options;
	struct front_callbacks callbacks = { on_plan, on_handle, &f };

	f = (struct fixture){ .base = event_base_new() };
	front_options_default(&options);
	f.front = front_new(f.base, &options, "/nonexistent", &callbacks);
	assert_true(front_listen(f.front, listener(&f.address), true));
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	front_free(f->front);
	event_base_free(f->base);
	return 0;
}

static int ask(struct fixture *f, const char *wire)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&f->address, sizeof f->address), 0);
	assert_int_equal(send(fd, wire, strlen(wire), MSG_NOSIGNAL), (ssize_t)strlen(wire));
	return fd;
}

/* Runs the loop until the request is handed over. */
static int hand_over(struct fixture *f)
{
	int fd = ask(f, "POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");

	while (!f->request)
		event_base_loop(f->base, EVLOOP_ONCE);
	return fd;
}

static void default_options(void **state)
{
	struct front_options options;

	(void)state;
	front_options_default(&options);
	assert_int_equal(options.connections_max, 512);
	assert_int_equal(options.connections_per_address_max, 64);
	assert_int_equal(options.first_byte_s, 10);
	assert_int_equal(options.head_s, 10);
	assert_int_equal(options.body_s, 30);
	assert_int_equal(options.body_min_rate_bytes_s, 1024);
	assert_int_equal(options.idle_s, 60);
	assert_int_equal(options.write_s, 30);
	assert_int_equal(options.requests_per_turn, 16);
}

static void bad_listeners_are_refused(void **state)
{
	struct fixture *f = *state;
	int pair[2];

	assert_false(front_listen(f->front, -1, true));
	/* A socket that can't have TCP_NODELAY is no TCP socket. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_false(front_listen(f->front, pair[0], false));
	close(pair[0]);
	close(pair[1]);
}

static void free_accepts_null(void **state)
{
	(void)state;
	front_free(NULL);
}

static void drain_tells_once(void **state)
{
	struct fixture *f = *state;

	front_drain(f->front, on_drained, f);
	assert_int_equal(f->drained, 0);
	for (int i = 0; i < 5; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->drained, 1);
}

static void request_is_readable_after_the_front_is_gone(void **state)
{
	struct fixture *f = *state;
	int fd = hand_over(f);
	size_t len;
	int64_t spooled;

	assert_int_equal(front_connections(f->front), 1);
	front_free(f->front);
	f->front = NULL;
	assert_string_equal(front_method(f->request), "POST");
	assert_string_equal(front_path(f->request), "/a");
	assert_string_equal(front_query(f->request), "b");
	assert_string_equal(front_header(f->request, "hOST"), "h");
	assert_null(front_header(f->request, "absent"));
	assert_memory_equal(front_body(f->request, &len), "abc", 3);
	assert_int_equal(len, 3);
	assert_int_equal(front_body_fd(f->request, &spooled), -1);
	front_reply(f->request, 200, "text/plain", NULL, 0, "late", 4);
	close(fd);
}

static void data_of_the_plan_is_kept(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->plan_sets_data = true;
	fd = hand_over(f);
	assert_ptr_equal(front_data(f->request), f);
	front_reply(f->request, 204, NULL, NULL, 0, NULL, 0);
	close(fd);
}

static void stream_for_nobody_is_null(void **state)
{
	struct fixture *f = *state;
	int fd = hand_over(f);

	front_free(f->front);
	f->front = NULL;
	assert_null(front_reply_stream(f->request, 200, "text/event-stream", NULL, 0, on_gone, f));
	assert_int_equal(f->gone, 0);
	assert_false(front_stream_write(NULL, "x", 1));
	front_stream_end(NULL);
	close(fd);
}

static void stream_of_a_freed_front_is_gone(void **state)
{
	struct fixture *f = *state;
	int fd = hand_over(f);

	f->stream = front_reply_stream(f->request, 200, "text/event-stream", NULL, 0, on_gone, f);
	assert_true(front_stream_write(f->stream, "x", 1));
	assert_true(front_stream_write(f->stream, "", 0));
	front_free(f->front);
	f->front = NULL;
	assert_int_equal(f->gone, 1);
	close(fd);
}

/* The owner ends a lost stream before it is told: then it is not told. */
static void end_of_a_lost_stream(void **state)
{
	static const char piece[65536];
	struct fixture *f = *state;
	int fd = hand_over(f);

	f->stream = front_reply_stream(f->request, 200, "text/event-stream", NULL, 0, on_gone, f);
	while (front_stream_write(f->stream, piece, sizeof piece))
		;
	assert_false(front_stream_write(f->stream, piece, 1));
	assert_int_equal(f->gone, 0);
	front_stream_end(f->stream);
	for (int i = 0; i < 5; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->gone, 0);
	assert_int_equal(front_connections(f->front), 0);
	close(fd);
}

static void lost_stream_is_told_from_the_loop(void **state)
{
	static const char piece[65536];
	struct fixture *f = *state;
	int fd = hand_over(f);

	f->stream = front_reply_stream(f->request, 200, "text/event-stream", NULL, 0, on_gone, f);
	while (front_stream_write(f->stream, piece, sizeof piece))
		;
	assert_int_equal(f->gone, 0);
	for (int i = 0; i < 5; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->gone, 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_options),
		cmocka_unit_test(free_accepts_null),
		cmocka_unit_test_setup_teardown(bad_listeners_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(drain_tells_once, setup, teardown),
		cmocka_unit_test_setup_teardown(request_is_readable_after_the_front_is_gone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(data_of_the_plan_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(stream_for_nobody_is_null, setup, teardown),
		cmocka_unit_test_setup_teardown(stream_of_a_freed_front_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(end_of_a_lost_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_stream_is_told_from_the_loop, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
