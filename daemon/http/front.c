/*
 * The front as a whole: made, drained, freed, and its turn of the loop. See front_internal.h for who does what.
 */
#include "http/front_internal.h"

#include <stdlib.h>

void front_options_default(struct front_options *options)
{
	*options = (struct front_options){
		.connections_max = 512,
		.connections_per_address_max = 64,
		.first_byte_s = 10,
		.head_s = 10,
		.body_s = 30,
		.body_min_rate_bytes_s = 1024,
		.idle_s = 60,
		.write_s = 30,
		.requests_per_turn = 16,
	};
}

struct front *front_new(struct event_base *base, const struct front_options *options,
			const char *spool_dir, const struct front_callbacks *callbacks)
{
	struct front *front = xcalloc(1, sizeof *front);

	INVARIANT(options->requests_per_turn > 0);
	front->base = base;
	front->options = *options;
	front->callbacks = *callbacks;
	front->spool_dir = xstrdup(spool_dir);
	front->timer = evtimer_new(base, front_on_timer, front);
	front->turn = evtimer_new(base, front_on_turn, front);
	if (!front->timer || !front->turn)
		BUG("libevent gives no timer");
	front_list_init(front);
	return front;
}

unsigned front_connections(const struct front *front)
{
	return front->n_connections;
}

/* A zero timer, not event_active: that would come before the sockets that are readable already. */
void front_turn_soon(struct front *front)
{
	if (!evtimer_pending(front->turn, NULL))
		event_add(front->turn, &(struct timeval){ 0, 0 });
}

static void take_turn(struct conn *conn)
{
	TAILQ_REMOVE(&conn->front->ready, conn, in_ready);
	conn->ready = false;
	conn_hold(conn);
	if (conn->stream.live && conn->stream.doomed)
		stream_gone(conn);
	else if (conn->fd >= 0)
		conn_run(conn);
	conn_release(conn);
}

void front_on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct front *front = arg;
	struct conn *conn;
	unsigned n = 0;

	(void)fd;
	(void)what;
	/* Those who ask for another turn meanwhile get it in the next one. */
	TAILQ_FOREACH(conn, &front->ready, in_ready)
	n++;
	while (n-- > 0 && (conn = TAILQ_FIRST(&front->ready)))
		take_turn(conn);
	if (!TAILQ_EMPTY(&front->ready)) {
		front_turn_soon(front);
	} else if (front->draining && front->n_connections == 0 && front->drained) {
		void (*drained)(void *arg) = front->drained;
		front->drained = NULL;
		drained(front->drained_arg); /* which may free the front */
	}
}

static void close_all(struct front *front, enum phase phase, void (*end)(struct conn *conn))
{
	struct conn *conn;

	while ((conn = TAILQ_FIRST(&front->phases[phase]))) {
		conn_hold(conn);
		end(conn);
		conn_release(conn);
	}
}

static void free_listeners(struct front *front)
{
	while (front->n_listeners > 0)
		evconnlistener_free(front->listeners[--front->n_listeners]);
}

void front_drain(struct front *front, void (*drained)(void *arg), void *arg)
{
	front->draining = true;
	front->drained = drained;
	front->drained_arg = arg;
	free_listeners(front);
	close_all(front, PHASE_FIRST, conn_close);
	close_all(front, PHASE_IDLE, conn_close);
	close_all(front, PHASE_STREAM, stream_drain);
	close_all(front, PHASE_STREAM_WRITE, stream_drain);
	front_turn_soon(front);
}

static void orphan(struct front *front)
{
	struct conn *conn;

	while ((conn = TAILQ_FIRST(&front->zombies))) {
		conn_hold(conn);
		if (conn->stream.live)
			stream_gone(conn);
		TAILQ_REMOVE(&front->zombies, conn, in_phase);
		if (conn->ready)
			TAILQ_REMOVE(&front->ready, conn, in_ready);
		conn->ready = false;
		conn->front = NULL;
		conn_release(conn);
	}
}

void front_free(struct front *front)
{
	if (!front)
		return;
	free_listeners(front);
	for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
		close_all(front, phase, conn_close);
	orphan(front);
	event_free(front->timer);
	event_free(front->turn);
	while (front->n_spare_inputs > 0)
		free(front->spare_inputs[--front->n_spare_inputs]);
	buf_clear(&front->scratch);
	buf_clear(&front->date);
	free(front->spool_dir);
	free(front);
}
