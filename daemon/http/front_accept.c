/*
 * Letting connections in, and putting some out: the cap over all, the cap for an address, and the time when there
 * are no descriptors left. A newcomer is worth more than the oldest request that still has not arrived.
 */
#include "http/front_internal.h"
#include "jiebang/clock.h"
#include "jiebang/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

static bool same_address(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static struct conn_bucket *bucket_of(struct front *front, const struct in6_addr *address)
{
	unsigned hash = 2166136261u;

	for (size_t i = 0; i < sizeof address->s6_addr; i++)
		hash = (hash ^ address->s6_addr[i]) * 16777619u;
	return &front->buckets[hash % FRONT_ADDRESS_BUCKETS];
}

/* An IPv6 host usually owns a /64, so that is what counts as one address. */
static void address_key(const struct sockaddr *from, struct in6_addr *key)
{
	memset(key, 0, sizeof *key);
	if (from->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, from, sizeof in);
		key->s6_addr[10] = key->s6_addr[11] = 0xff;
		memcpy(key->s6_addr + 12, &in.sin_addr, 4);
	} else if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, from, sizeof in6);
		*key = in6.sin6_addr;
		if (!IN6_IS_ADDR_V4MAPPED(key))
			memset(key->s6_addr + 8, 0, 8);
	}
}

static void address_text(const struct sockaddr *from, const struct in6_addr *key, char *out,
			 size_t size)
{
	struct sockaddr_in6 in6;

	if (IN6_IS_ADDR_V4MAPPED(key)) {
		inet_ntop(AF_INET, key->s6_addr + 12, out, (socklen_t)size);
	} else {
		memcpy(&in6, from, sizeof in6);
		inet_ntop(AF_INET6, &in6.sin6_addr, out, (socklen_t)size);
	}
}

/*
 * Makes room by closing `conn`, unless one last look into its socket shows that its request is there after all: in a
 * burst the victim's bytes may have come, and only the loop had no turn to read them. True if it was closed.
 */
static bool evict(struct conn *conn)
{
	bool awaited = conn->incomplete;
	bool closed;

	conn_hold(conn);
	if (awaited)
		conn_look(conn);
	if (conn->fd >= 0 && conn->incomplete == awaited) {
		if (awaited && conn->phase != PHASE_FIRST)
			conn_refuse_now(
				conn->front, conn->fd, 503,
				"The server is full; this request was the oldest unfinished one.");
		conn_close(conn);
	}
	closed = conn->fd < 0;
	conn_release(conn);
	return closed;
}

/* A look may find one request after another in a connection; each connection gets one, so this ends. */
bool front_evict(struct front *front)
{
	for (unsigned n = front->n_connections; n > 0; n--) {
		struct conn *victim = front_victim(front);
		if (!victim)
			return false;
		if (evict(victim))
			return true;
	}
	return false;
}

static bool is_from(const struct conn *conn, const struct in6_addr *address)
{
	return !conn->is_unix && same_address(&conn->address, address);
}

/* The same order as front_victim, among the connections of one address: each loop keeps what was found before. */
static struct conn *victim_of_address(const struct front *front, const struct in6_addr *address)
{
	struct conn *conn = TAILQ_FIRST(&front->phases[PHASE_LINGER]);

	while (conn && !is_from(conn, address))
		conn = TAILQ_NEXT(conn, in_phase);
	if (!conn)
		conn = TAILQ_FIRST(&front->incomplete);
	while (conn && !is_from(conn, address))
		conn = TAILQ_NEXT(conn, in_incomplete);
	if (!conn)
		conn = TAILQ_FIRST(&front->phases[PHASE_IDLE]);
	while (conn && !is_from(conn, address))
		conn = TAILQ_NEXT(conn, in_phase);
	return conn;
}

static bool room_for_address(struct front *front, const struct in6_addr *address)
{
	unsigned count = 0;
	struct conn *conn;

	LIST_FOREACH(conn, bucket_of(front, address), in_bucket)
	count += same_address(&conn->address, address);
	if (count < front->options.connections_per_address_max)
		return true;
	for (; count > 0; count--) {
		struct conn *victim = victim_of_address(front, address);
		if (!victim)
			return false;
		if (evict(victim))
			return true;
	}
	return false;
}

static bool room(struct front *front)
{
	return front->n_connections < front->options.connections_max || front_evict(front);
}

static void turn_away(struct front *front, int fd, const char *detail)
{
	conn_refuse_now(front, fd, 503, detail);
	close(fd);
}

static void accept_unix(struct front *front, int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof peer;
	struct conn *conn;

	if (!room(front)) {
		turn_away(front, fd, "The server is full.");
		return;
	}
	conn = conn_new(front, fd);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
		conn->uid = peer.uid;
	conn->is_unix = true;
	memcpy(conn->address_text, "unix", sizeof "unix");
}

static void accept_tcp(struct front *front, int fd, const struct sockaddr *from)
{
	struct in6_addr key;
	struct conn *conn;

	address_key(from, &key);
	if (!room_for_address(front, &key)) {
		turn_away(front, fd, "There are too many connections from this address.");
		return;
	}
	if (!room(front)) {
		turn_away(front, fd, "The server is full.");
		return;
	}
	conn = conn_new(front, fd);
	conn->address = key;
	address_text(from, &key, conn->address_text, sizeof conn->address_text);
	LIST_INSERT_HEAD(bucket_of(front, &key), conn, in_bucket);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		      int len, void *arg)
{
	(void)listener;
	(void)len;
	if (from->sa_family == AF_UNIX)
		accept_unix(arg, fd);
	else
		accept_tcp(arg, fd, from);
}

/*
 * Out of descriptors, most likely. The listener stays readable, so the next turn of the loop tries again; when
 * nobody can be put out, accepting rests until a connection closes or a second has passed.
 */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct front *front = arg;
	int error = errno;

	(void)listener;
	if ((error == EMFILE || error == ENFILE) && front_evict(front))
		return;
	log_warning("accepting connections rests", "error=%s", strerror(error));
	front_accepting(front, false);
}

void front_accepting(struct front *front, bool on)
{
	front->accept_paused = !on;
	if (!on) {
		front->accept_resume_ms = clock_mono_ms() + FRONT_ACCEPT_PAUSE_MS;
		front_arm(front, front->accept_resume_ms);
	}
	for (unsigned i = 0; i < front->n_listeners && !front->draining; i++)
		on ? evconnlistener_enable(front->listeners[i])
		   : evconnlistener_disable(front->listeners[i]);
}

/* TCP_NODELAY is inherited by accepted sockets, which saves a system call for each of them. */
bool front_listen(struct front *front, int fd, bool is_unix)
{
	int one = 1;
	struct evconnlistener *listener;

	if (front->n_listeners == FRONT_LISTENERS_MAX || evutil_make_socket_nonblocking(fd) != 0)
		return false;
	if (!is_unix && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
		return false;
	listener = evconnlistener_new(front->base, on_accept, front,
				      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!listener)
		return false;
	evconnlistener_set_error_cb(listener, on_accept_error);
	front->listeners[front->n_listeners++] = listener;
	return true;
}
