/*
 * The courier itself: takes jobs, starts what may start, hands results back. It works in turns. A turn collects the
 * connections that libcurl has made, and fills the free slots from the ring; ends of attempts and submits only ask
 * for a turn, so that one turn serves all that happened in a pass of the loop. `done` is never called from within libcurl.
 * The last eighth of the slots is kept for endpoints with nothing under way:
 * a few dozen hanging receivers can't hold up the rest.
 */
#include "courier/courier_inside.h"

#include "courier/guard.h"
#include "jiebang/clock.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct courier_job *courier_job_new(void)
{
	return xcalloc(1, sizeof(struct courier_job));
}

void courier_job_say(struct courier_job *job, const char *webhook_id, const char *url,
		     const char *body, size_t body_len)
{
	size_t id_size = strlen(webhook_id) + 1, url_size = strlen(url) + 1;
	char *block = xmalloc(id_size + url_size + body_len + 1);
	memcpy(block, webhook_id, id_size);
	memcpy(block + id_size, url, url_size);
	memcpy(block + id_size + url_size, body, body_len);
	block[id_size + url_size + body_len] = '\0';
	free(job->block);
	job->block = block;
	job->webhook_id = block;
	job->url = block + id_size;
	job->body = block + id_size + url_size;
	job->body_len = body_len;
}

void courier_job_free(struct courier_job *job)
{
	if (!job)
		return;
	explicit_bzero(job->secrets, sizeof(job->secrets));
	if (job->block && robot_is(job->format)) /* its URL is one */
		explicit_bzero(job->block + (job->url - job->block), strlen(job->url));
	free(job->block);
	free(job);
}

/* Several jobs of one loop pass share a turn. A turn that asks for another gets it in the next pass, after the sockets. */
static void want_turn(void *arg)
{
	struct courier *courier = arg;
	static const struct timeval now = { 0, 0 };

	if (courier->turn_due)
		return;
	courier->turn_due = true;
	if (courier->in_turn)
		evtimer_add(&courier->turn, &now);
	else
		event_active(&courier->turn, EV_TIMEOUT, 0);
}

/* ---- the time that an attempt may take ---- */

static int64_t timeout_ms(const struct courier *courier, const struct endpoint *endpoint)
{
	int own_s = endpoint->options.timeout_s;
	return 1000 * (int64_t)(own_s > 0 ? own_s : courier->options.timeout_s);
}

/* Nearly all may take the same time, so its place is at the end or not far from it. */
static void add_active(struct courier *courier, struct transfer *transfer)
{
	struct transfer *before = TAILQ_LAST(&courier->active, transfer_list);

	transfer->expires_ms = clock_mono_ms() + timeout_ms(courier, transfer->endpoint);
	while (before && before->expires_ms > transfer->expires_ms)
		before = TAILQ_PREV(before, transfer_list, link);
	if (before)
		TAILQ_INSERT_AFTER(&courier->active, before, transfer, link);
	else
		TAILQ_INSERT_HEAD(&courier->active, transfer, link);
}

/* Armed for it or for one before it, which costs a wake-up then. */
static void arm_deadline(struct courier *courier)
{
	const struct transfer *first = TAILQ_FIRST(&courier->active);

	if (!first || (courier->deadline_armed && courier->deadline_ms <= first->expires_ms))
		return;
	int64_t wait_ms = first->expires_ms - clock_mono_ms();
	if (wait_ms < 0)
		wait_ms = 0;
	struct timeval wait = { .tv_sec = (time_t)(wait_ms / 1000),
				.tv_usec = (suseconds_t)(wait_ms % 1000 * 1000) };
	evtimer_add(&courier->deadline, &wait);
	courier->deadline_armed = true;
	courier->deadline_ms = first->expires_ms;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct courier *courier = arg;
	struct transfer *transfer;
	int64_t now_ms = clock_mono_ms();

	(void)fd;
	(void)what;
	courier->deadline_armed = false;
	while ((transfer = TAILQ_FIRST(&courier->active)) != NULL && transfer->expires_ms <= now_ms)
		transfer_expire(transfer);
	arm_deadline(courier);
}

/* ---- turns ---- */

/* The endpoint's own idle transfer, a new one, or the one that has been idle longest. */
static struct transfer *transfer_get(struct courier *courier, struct endpoint *endpoint)
{
	struct transfer *transfer = TAILQ_FIRST(&endpoint->idle);

	if (!transfer && courier->n_transfers < courier->options.in_flight_max) {
		transfer = transfer_new(courier);
		courier->n_transfers++;
	} else {
		if (!transfer)
			transfer = TAILQ_FIRST(&courier->idle);
		struct endpoint *last = transfer->endpoint;
		TAILQ_REMOVE(&courier->idle, transfer, idle_link);
		TAILQ_REMOVE(&last->idle, transfer, link);
		if (last != endpoint)
			ring_drop_if_empty(&courier->ring, last);
	}
	transfer->endpoint = endpoint;
	add_active(courier, transfer);
	courier->in_flight++;
	return transfer;
}

void courier_finish(struct courier *courier, struct transfer *transfer,
		    const struct courier_result *result)
{
	struct endpoint *endpoint = transfer->endpoint;
	struct courier_job *job = transfer->job;

	transfer->job = NULL;
	TAILQ_REMOVE(&courier->active, transfer, link);
	TAILQ_INSERT_HEAD(&endpoint->idle, transfer, link);
	TAILQ_INSERT_TAIL(&courier->idle, transfer, idle_link);
	courier->in_flight--;
	ring_release(&courier->ring, endpoint);
	courier->in_done = true;
	courier->done(courier->arg, job, result);
	courier->in_done = false;
	if (!courier->in_turn && courier->ring.waiting > 0)
		want_turn(courier);
}

static void collect(struct courier *courier)
{
	struct CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(courier->loop.multi, &left)) != NULL) {
		char *private = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		transfer_connected((struct transfer *)(void *)private, message->data.result);
	}
}

static struct courier_job *next_job(struct courier *courier, struct endpoint **endpoint)
{
	unsigned max = courier->options.in_flight_max;

	if (courier->in_flight >= max)
		return NULL;
	return ring_take(&courier->ring, courier->in_flight >= max - max / 8, endpoint);
}

/* Starts at most one filling of slots, so that a queue of refused jobs can't hold the loop. */
static void start(struct courier *courier)
{
	struct endpoint *endpoint = NULL;
	struct courier_job *job;
	unsigned taken = 0;

	while (taken++ < courier->options.in_flight_max &&
	       (job = next_job(courier, &endpoint)) != NULL)
		transfer_start(transfer_get(courier, endpoint), job);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct courier *courier = arg;

	(void)fd;
	(void)what;
	courier->turn_due = false;
	courier->in_turn = true;
	collect(courier);
	unsigned connecting = courier->loop.connecting;
	start(courier);
	if (courier->loop.connecting > connecting)
		loop_kick(&courier->loop);
	arm_deadline(courier);
	struct endpoint *endpoint = TAILQ_FIRST(&courier->ring.fresh);
	if (endpoint && courier->in_flight < courier->options.in_flight_max)
		want_turn(courier);
	courier->in_turn = false;
}

static char *copy_or_null(const char *s)
{
	return s && s[0] ? xstrdup(s) : NULL;
}

/* Copies of all texts; libcurl takes the name to greet with from the URL's path. */
static void take_mail(struct courier *courier, const struct courier_mail *mail)
{
	struct courier_mail *own = &courier->options.mail;
	const char **const texts[COURIER_MAIL_TEXTS] = { &own->relay,    &own->hello,
							 &own->user,     &own->password,
							 &own->from,     &own->from_name,
							 &own->reply_to, &own->ca_file };
	*own = *mail;
	for (size_t i = 0; i < COURIER_MAIL_TEXTS; i++)
		*texts[i] = courier->mail_texts[i] = copy_or_null(*texts[i]);
	struct buf url = BUF_EMPTY;
	buf_addf(&url, "%s/%s", own->relay ? own->relay : "", own->hello ? own->hello : "");
	courier->relay_url = buf_take(&url);
}

static void free_mail(struct courier *courier)
{
	for (size_t i = 0; i < COURIER_MAIL_TEXTS; i++) {
		if (courier->mail_texts[i]) /* the password is one of them */
			explicit_bzero(courier->mail_texts[i], strlen(courier->mail_texts[i]));
		free(courier->mail_texts[i]);
	}
	free(courier->relay_url);
}

struct courier *courier_new(struct event_base *base, const struct courier_options *options,
			    const struct guard *guard, courier_done done, void *arg)
{
	struct courier *courier = xcalloc(1, sizeof(*courier));

	INVARIANT(options->in_flight_max > 0 && options->in_flight_per_endpoint > 0);
	/* libcurl is told not to touch signals, and OpenSSL writes with write(2): a peer that has gone must not kill us. */
	signal(SIGPIPE, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatal(78, "libcurl can't be initialised");
	courier->options = *options;
	courier->ca_file = copy_or_null(options->ca_file);
	courier->proxy = copy_or_null(options->proxy);
	courier->user_agent = copy_or_null(options->user_agent);
	courier->options.ca_file = courier->ca_file;
	courier->options.proxy = courier->proxy;
	courier->options.user_agent = courier->user_agent;
	take_mail(courier, &options->mail);
	courier->guard = guard;
	courier->done = done;
	courier->arg = arg;
	TAILQ_INIT(&courier->active);
	TAILQ_INIT(&courier->idle);
	ring_init(&courier->ring, options->in_flight_per_endpoint, options->mail.connections);
	loop_init(&courier->loop, base, want_turn, courier);
	evtimer_assign(&courier->turn, base, on_turn, courier);
	evtimer_assign(&courier->deadline, base, on_deadline, courier);
	return courier;
}

void courier_free(struct courier *courier)
{
	struct transfer *transfer;

	if (!courier)
		return;
	INVARIANT(!courier->in_turn && !courier->in_done); /* not from `done` */
	while ((transfer = TAILQ_FIRST(&courier->active)) != NULL) {
		TAILQ_REMOVE(&courier->active, transfer, link);
		transfer_free(transfer);
	}
	while ((transfer = TAILQ_FIRST(&courier->idle)) != NULL) {
		TAILQ_REMOVE(&courier->idle, transfer, idle_link);
		transfer_free(transfer);
	}
	loop_clear(&courier->loop);
	event_del(&courier->turn);
	event_del(&courier->deadline);
	ring_clear(&courier->ring);
	free(courier->ca_file);
	free(courier->proxy);
	free(courier->user_agent);
	free_mail(courier);
	free(courier);
	curl_global_cleanup();
}

void courier_submit(struct courier *courier, struct courier_job *job)
{
	ring_add(&courier->ring, job);
	if (!courier->in_turn)
		want_turn(courier);
}

void courier_give_back(struct courier *courier)
{
	struct courier_job *job;
	while ((job = ring_take_back(&courier->ring)) != NULL) {
		struct courier_result result = { .end = ATTEMPT_NOT_BEGUN,
						 .retry_after_s = -1,
						 .started_at = clock_wall_at() };
		(void)text_copy(result.reason, sizeof(result.reason),
				"not begun: the daemon is stopping");
		courier->done(courier->arg, job, &result);
	}
}

unsigned courier_load(const struct courier *courier)
{
	return courier->ring.waiting + courier->in_flight;
}

unsigned courier_endpoint_load(const struct courier *courier, int64_t endpoint_key)
{
	const struct endpoint *endpoint = ring_find(&courier->ring, endpoint_key);

	return endpoint ? endpoint->waiting + endpoint->in_flight : 0;
}
