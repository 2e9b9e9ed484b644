/*
 * libcurl's sockets and timer in the libevent loop. A socket stays registered from the first wish until libcurl
 * closes it: between two requests on a kept connection libcurl takes its wish back and repeats it, and following that
 * costs two epoll_ctl calls a request (14 % of a delivery). The timer callback only notes the time: calling libcurl
 * from it is a documented way to recurse to death. The timer is armed lazily, since with requests under way
 * libcurl's next instant moves on with every one of them.
 */
#include "courier/courier_inside.h"

#include "jiebang/clock.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct watch {
	struct loop *loop;
	curl_socket_t fd;
	bool ours;        /* opened by loop_socket_open: we'll hear when it is closed */
	short wanted;     /* what libcurl wants now, 0 nothing */
	short registered; /* what the event waits for, 0 if it is not added */
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
	CURLMcode code = curl_multi_socket_action(loop->multi, fd, what, &loop->running);

	INVARIANT(code == CURLM_OK || code == CURLM_BAD_SOCKET);
	arm(loop);
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
	loop->due_ms = -1;
	act(loop, CURL_SOCKET_TIMEOUT, 0);
}

void loop_kick(struct loop *loop)
{
	loop->due_ms = -1;
	act(loop, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	if (!(what & watch->wanted)) {
		/* An idle connection spoke or was closed: libcurl finds out when it next looks at it. */
		event_del(&watch->event);
		watch->registered = 0;
		if (watch->wanted) {
			event_assign(&watch->event, watch->loop->base, fd,
				     (short)(watch->wanted | EV_PERSIST), on_socket, watch);
			event_add(&watch->event, NULL);
			watch->registered = watch->wanted;
		}
		return;
	}
	int action = ((what & EV_READ) ? CURL_CSELECT_IN : 0) |
		     ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0);
	act(watch->loop, fd, action);
}

static struct watch *watch_add(struct loop *loop, curl_socket_t fd, bool ours)
{
	size_t at = (size_t)fd;

	if (at >= loop->n_watches) {
		size_t n = (at + 64) & ~(size_t)63;
		loop->watches = xrealloc(loop->watches, n * sizeof(struct watch *));
		for (size_t i = loop->n_watches; i < n; i++)
			loop->watches[i] = NULL;
		loop->n_watches = n;
	}
	INVARIANT(!loop->watches[at]);
	struct watch *watch = xcalloc(1, sizeof(*watch));
	watch->loop = loop;
	watch->fd = fd;
	watch->ours = ours;
	loop->watches[at] = watch;
	return watch;
}

static struct watch *watch_find(const struct loop *loop, curl_socket_t fd)
{
	return (size_t)fd < loop->n_watches ? loop->watches[fd] : NULL;
}

static void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->registered)
		event_del(&watch->event);
	watch->loop->watches[watch->fd] = NULL;
	free(watch);
}

static void watch_register(struct watch *watch)
{
	if ((watch->registered & watch->wanted) == watch->wanted &&
	    !(watch->registered & EV_WRITE & ~watch->wanted))
		return;
	if (watch->registered)
		event_del(&watch->event);
	event_assign(&watch->event, watch->loop->base, watch->fd,
		     (short)(watch->wanted | EV_PERSIST), on_socket, watch);
	event_add(&watch->event, NULL);
	watch->registered = watch->wanted;
}

static int on_socket_wish(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	static const short wishes[] = {
		[CURL_POLL_NONE] = 0,       [CURL_POLL_IN] = EV_READ,
		[CURL_POLL_OUT] = EV_WRITE, [CURL_POLL_INOUT] = EV_READ | EV_WRITE,
		[CURL_POLL_REMOVE] = 0,
	};
	struct loop *loop = arg;
	struct watch *watch = watch_find(loop, fd);

	(void)easy;
	(void)mine;
	if (!watch && what == CURL_POLL_REMOVE)
		return 0;
	if (!watch)
		watch = watch_add(loop, fd, false);
	watch->wanted = wishes[what];
	if (what == CURL_POLL_REMOVE && !watch->ours)
		watch_free(watch);
	else if (watch->wanted)
		watch_register(watch);
	return 0;
}

curl_socket_t loop_socket_open(struct loop *loop, const struct curl_sockaddr *address)
{
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			address->protocol);

	if (fd < 0)
		return CURL_SOCKET_BAD;
	watch_free(watch_find(loop, fd)); /* one of libcurl's own, closed without a word */
	watch_add(loop, fd, true);
	return fd;
}

int loop_socket_close(void *arg, curl_socket_t fd)
{
	watch_free(watch_find(arg, fd));
	return close(fd);
}

void loop_init(struct loop *loop, struct event_base *base, void (*after)(void *), void *arg)
{
	loop->base = base;
	loop->after = after;
	loop->arg = arg;
	loop->running = 0;
	loop->due_ms = -1;
	loop->armed_ms = -1;
	loop->watches = NULL;
	loop->n_watches = 0;
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
	curl_multi_cleanup(loop->multi); /* closes the kept connections through loop_socket_close */
	loop->multi = NULL;
	for (size_t i = 0; i < loop->n_watches; i++)
		watch_free(loop->watches[i]);
	free(loop->watches);
	loop->watches = NULL;
	loop->n_watches = 0;
	event_del(&loop->timer);
}
