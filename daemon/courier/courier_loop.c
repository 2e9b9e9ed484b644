/*
 * libcurl's sockets and timer in the libevent loop, while it resolves, connects and shakes hands: what is exchanged on the
 * connection afterwards does not come by here. The timer callback only notes the time: calling libcurl from it is a
 * documented way to recurse to death.
 */
#include "courier/courier_inside.h"

#include "jiebang/clock.h"

#include <event2/event.h>
#include <stdlib.h>

struct watch {
	struct loop *loop;
	struct event event;
};

static void arm(struct loop *loop)
{
	if (loop->due_ms < 0 || (loop->armed_ms >= 0 && loop->armed_ms <= loop->due_ms))
		return;
	int64_t wait_ms = loop->due_ms - clock_mono_ms();
	if (wait_ms < 0)
		wait_ms = 0;
	struct timeval wait = { .tv_sec = (time_t)(wait_ms / 1000),
				.tv_usec = (suseconds_t)(wait_ms % 1000 * 1000) };
	evtimer_add(&loop->timer, &wait);
	loop->armed_ms = loop->due_ms;
}

static int on_timer_wish(CURLM *multi, long wait_ms, void *arg)
{
	struct loop *loop = arg;

	(void)multi;
	loop->due_ms = wait_ms < 0 ? -1 : clock_mono_ms() + wait_ms;
	return 0;
}

static void act(struct loop *loop, curl_socket_t fd, int what)
{
	int running;
	CURLMcode code = curl_multi_socket_action(loop->multi, fd, what, &running);

	INVARIANT(code == CURLM_OK || code == CURLM_BAD_SOCKET);
	arm(loop);
	if ((unsigned)running < loop->connecting)
		loop->after(loop->arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)what;
	loop->armed_ms = -1;
	if (loop->due_ms < 0)
		return;
	if (loop->due_ms > clock_mono_ms()) {
		arm(loop);
		return;
	}
	loop_kick(loop);
}

void loop_kick(struct loop *loop)
{
	loop->due_ms = -1;
	act(loop, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;
	int action = ((what & EV_READ) ? CURL_CSELECT_IN : 0) |
		     ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0);

	act(watch->loop, fd, action);
}

static void watch_free(struct watch *watch)
{
	event_del(&watch->event);
	free(watch);
}

static struct watch *watch_new(struct loop *loop)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	watch->loop = loop;
	return watch;
}

/* `mine` is what curl_multi_assign gave the socket: NULL at its first wish. */
static int on_socket_wish(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	static const short wishes[] = {
		[CURL_POLL_NONE] = 0,
		[CURL_POLL_IN] = EV_READ,
		[CURL_POLL_OUT] = EV_WRITE,
		[CURL_POLL_INOUT] = EV_READ | EV_WRITE,
	};
	struct loop *loop = arg;
	struct watch *watch = mine;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch)
			watch_free(watch);
		return 0;
	}
	if (watch) {
		event_del(&watch->event);
	} else {
		watch = watch_new(loop);
		curl_multi_assign(loop->multi, fd, watch);
	}
	event_assign(&watch->event, loop->base, fd, (short)(wishes[what] | EV_PERSIST), on_socket,
		     watch);
	if (wishes[what])
		event_add(&watch->event, NULL);
	return 0;
}

void loop_init(struct loop *loop, struct event_base *base, void (*after)(void *), void *arg)
{
	loop->base = base;
	loop->after = after;
	loop->arg = arg;
	loop->connecting = 0;
	loop->due_ms = -1;
	loop->armed_ms = -1;
	evtimer_assign(&loop->timer, base, on_timer, loop);
	loop->multi = curl_multi_init();
	INVARIANT(loop->multi);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

void loop_clear(struct loop *loop)
{
	if (!loop->multi)
		return;
	curl_multi_cleanup(loop->multi); /* the lines are closed, and their watches with them */
	loop->multi = NULL;
	event_del(&loop->timer);
}
