/*
 * Phases and deadlines. Every phase is a FIFO list whose members all got the same time, so the head of a list is the
 * next of it to expire, and one timer for the earliest head is enough. The timer is armed only when a deadline comes
 * before the one it is armed for; one that fires in vain is cheaper than a re-arm with each request.
 */
#include "http/front_internal.h"
#include "jiebang/clock.h"

static void expire_close(struct conn *conn)
{
	conn_close(conn);
}

static void expire_refuse(struct conn *conn)
{
	conn_refuse(conn, 408, "The request did not arrive in time.");
}

static bool fast_enough(const struct conn *conn, int seconds)
{
	int64_t rate = conn->front->options.body_min_rate_bytes_s;

	return conn->progress_bytes > 0 && conn->progress_bytes >= rate * seconds;
}

static void expire_spool(struct conn *conn)
{
	if (fast_enough(conn, conn->front->options.body_s))
		conn_enter(conn, conn->phase);
	else
		conn_refuse(conn, 408, "The request body arrives too slowly.");
}

static void expire_write(struct conn *conn)
{
	if (fast_enough(conn, conn->front->options.write_s))
		conn_enter(conn, conn->phase);
	else
		conn_close(conn);
}

/* `seconds` is where the options have it; -1 is no deadline, -2 the fixed time of lingering. */
enum { NO_DEADLINE = -1, LINGER_TIME = -2 };
#define OPTION(name) ((int)offsetof(struct front_options, name))

static const struct phase_rule {
	int seconds;
	bool incomplete; /* what eviction may take first */
	void (*expire)(struct conn *conn);
} rules[PHASE_COUNT] = {
	[PHASE_FIRST] = { OPTION(first_byte_s), true, expire_close },
	[PHASE_HEAD] = { OPTION(head_s), true, expire_refuse },
	[PHASE_BODY] = { OPTION(body_s), true, expire_refuse },
	[PHASE_SPOOL] = { OPTION(body_s), true, expire_spool },
	[PHASE_WORK] = { NO_DEADLINE, false, NULL },
	[PHASE_WRITE] = { OPTION(write_s), false, expire_write },
	[PHASE_IDLE] = { OPTION(idle_s), false, expire_close },
	[PHASE_STREAM] = { NO_DEADLINE, false, NULL },
	[PHASE_STREAM_WRITE] = { OPTION(write_s), false, expire_write },
	[PHASE_LINGER] = { LINGER_TIME, false, expire_close },
};

void front_list_init(struct front *front)
{
	for (int i = 0; i < PHASE_COUNT; i++)
		TAILQ_INIT(&front->phases[i]);
	TAILQ_INIT(&front->incomplete);
	TAILQ_INIT(&front->ready);
	TAILQ_INIT(&front->zombies);
	for (int i = 0; i < FRONT_ADDRESS_BUCKETS; i++)
		LIST_INIT(&front->buckets[i]);
}

static int64_t phase_ms(const struct front *front, enum phase phase)
{
	int at = rules[phase].seconds;

	if (at == LINGER_TIME)
		return FRONT_LINGER_S * 1000;
	return 1000 * (int64_t) * (const int *)(const void *)((const char *)&front->options + at);
}

void conn_leave_lists(struct conn *conn)
{
	struct front *front = conn->front;

	TAILQ_REMOVE(&front->phases[conn->phase], conn, in_phase);
	if (conn->incomplete)
		TAILQ_REMOVE(&front->incomplete, conn, in_incomplete);
	conn->incomplete = false;
	if (conn->ready)
		TAILQ_REMOVE(&front->ready, conn, in_ready);
	conn->ready = false;
	if (!conn->is_unix)
		LIST_REMOVE(conn, in_bucket);
}

/*
 * The one place where a connection changes its phase. Its turn among the incomplete ones counts from the accept, or
 * from the first byte after an answer, through head and body.
 */
void conn_enter(struct conn *conn, enum phase phase)
{
	struct front *front = conn->front;
	const struct phase_rule *rule = &rules[phase];

	TAILQ_REMOVE(&front->phases[conn->phase], conn, in_phase);
	TAILQ_INSERT_TAIL(&front->phases[phase], conn, in_phase);
	conn->phase = phase;
	conn->progress_bytes = 0;
	if (rule->incomplete && !conn->incomplete)
		TAILQ_INSERT_TAIL(&front->incomplete, conn, in_incomplete);
	if (!rule->incomplete && conn->incomplete)
		TAILQ_REMOVE(&front->incomplete, conn, in_incomplete);
	conn->incomplete = rule->incomplete;
	if (rule->seconds == NO_DEADLINE)
		return;
	conn->deadline_ms = clock_mono_ms() + phase_ms(front, phase);
	front_arm(front, conn->deadline_ms);
}

void front_arm(struct front *front, int64_t deadline_ms)
{
	int64_t wait_ms;

	if (front->armed_ms != 0 && front->armed_ms <= deadline_ms)
		return;
	wait_ms = deadline_ms - clock_mono_ms();
	if (wait_ms < 1)
		wait_ms = 1;
	front->armed_ms = deadline_ms;
	event_add(front->timer, &(struct timeval){ .tv_sec = wait_ms / 1000,
						   .tv_usec = (wait_ms % 1000) * 1000 });
}

static void expire_phase(struct front *front, enum phase phase, int64_t now_ms)
{
	struct conn *conn;

	while ((conn = TAILQ_FIRST(&front->phases[phase])) && conn->deadline_ms <= now_ms) {
		conn_hold(conn);
		rules[phase].expire(conn);
		conn_release(conn);
	}
}

void front_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct front *front = arg;
	int64_t now_ms = clock_mono_ms();

	(void)fd;
	(void)what;
	front->armed_ms = 0;
	if (front->accept_paused && front->accept_resume_ms <= now_ms)
		front_accepting(front, true);
	for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
		if (rules[phase].seconds != NO_DEADLINE)
			expire_phase(front, phase, now_ms);
	}
	for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
		struct conn *first = TAILQ_FIRST(&front->phases[phase]);
		if (first && rules[phase].seconds != NO_DEADLINE)
			front_arm(front, first->deadline_ms);
	}
	if (front->accept_paused)
		front_arm(front, front->accept_resume_ms);
}

/*
 * Who goes when there is no room: one that has its answer already and only lingers, or else strictly the oldest
 * incomplete request. Idle ones come last, since taking them first would let drippers push out honest clients; a
 * request that is being worked on never goes.
 */
struct conn *front_victim(struct front *front)
{
	struct conn *victim = TAILQ_FIRST(&front->phases[PHASE_LINGER]);

	if (!victim)
		victim = TAILQ_FIRST(&front->incomplete);
	return victim ? victim : TAILQ_FIRST(&front->phases[PHASE_IDLE]);
}
