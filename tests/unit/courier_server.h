/*
 * A scripted HTTP server on the loop of the courier under test, and a name service of our own: the test program's
 * getaddrinfo takes the place of libc's, so that names that lie, and a name server that is dead, need no network.
 * A header, since each .c file of this folder is a program; courier_kit.h includes it.
 */
#ifndef JIEBANG_COURIER_SERVER_H
#define JIEBANG_COURIER_SERVER_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum after {
	KEEP = 0,
	CLOSE, /* orderly, after the bytes */
	RESET, /* RST instead of an answer */
	HANG,  /* no answer */
	HOLD,  /* answered by server_release */
	ONCE, /* the first request of a connection is answered, the next one closes it without a word */
	ONCE_RESET,  /* … with an RST */
	EARLY,       /* answered when the header is there; the body is not read */
	EARLY_CLOSE, /* … and the connection closed */
	FLOOD,       /* `flood` again and again after the bytes */
	DRIP,        /* a byte of body every 100 ms */
};

struct script {
	const char *path;
	const char *raw;
	size_t raw_len; /* 0: strlen */
	enum after after;
	const char *flood;
};

struct peer {
	struct server *server;
	struct bufferevent *bev;
	const struct script *script; /* of the request under way */
	struct event *drip;
	unsigned requests;
	LIST_ENTRY(peer) link;
};

#define ORDER_MAX 1024

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	int port;
	const struct script *scripts;
	size_t n_scripts;
	unsigned connections;
	unsigned requests;
	unsigned held, held_most, hold_at;
	char order[ORDER_MAX]; /* last byte of each request's path */
	struct buf head;       /* of the last request */
	struct buf body;
	void (*on_hold)(struct server *server);
	LIST_HEAD(, peer) peers;
};

static inline void peer_free(struct peer *peer)
{
	LIST_REMOVE(peer, link);
	if (peer->script && peer->script->after == HOLD)
		peer->server->held--;
	if (peer->drip)
		event_free(peer->drip);
	bufferevent_free(peer->bev);
	free(peer);
}

static inline void peer_respond(struct peer *peer)
{
	const struct script *script = peer->script;

	bufferevent_write(peer->bev, script->raw,
			  script->raw_len ? script->raw_len : strlen(script->raw));
}

static inline void peer_on_drip(evutil_socket_t fd, short what, void *arg)
{
	struct peer *peer = arg;

	(void)fd;
	(void)what;
	bufferevent_write(peer->bev, "x", 1);
}

static inline void peer_on_write(struct bufferevent *bev, void *arg)
{
	struct peer *peer = arg;

	(void)bev;
	if (!peer->script)
		return;
	if (peer->script->after == CLOSE || peer->script->after == EARLY_CLOSE)
		peer_free(peer);
	else if (peer->script->after == FLOOD)
		bufferevent_write(peer->bev, peer->script->flood, strlen(peer->script->flood));
}

static inline void peer_reset(struct peer *peer)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(bufferevent_getfd(peer->bev), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	peer_free(peer);
}

static inline void peer_act(struct peer *peer)
{
	static const struct timeval pace = { 0, 100000 };
	struct server *server = peer->server;

	switch (peer->script->after) {
	case KEEP:
	case CLOSE:
	case FLOOD:
		if (peer->script->raw[0])
			peer_respond(peer);
		else
			peer_on_write(peer->bev, peer);
		break;
	case RESET:
		peer_reset(peer);
		break;
	case HANG:
		break;
	case ONCE:
	case ONCE_RESET:
		if (peer->requests == 1)
			peer_respond(peer);
		else if (peer->script->after == ONCE)
			peer_free(peer);
		else
			peer_reset(peer);
		break;
	case EARLY:
		peer_respond(peer);
		bufferevent_disable(peer->bev, EV_READ);
		break;
	case EARLY_CLOSE:
		peer_respond(peer);
		break;
	case HOLD:
		server->held++;
		if (server->held > server->held_most)
			server->held_most = server->held;
		if (server->on_hold)
			server->on_hold(server);
		break;
	case DRIP:
		peer_respond(peer);
		peer->drip = event_new(server->base, -1, EV_PERSIST, peer_on_drip, peer);
		event_add(peer->drip, &pace);
		break;
	}
}

static inline void server_release(struct server *server)
{
	struct peer *peer;

	LIST_FOREACH(peer, &server->peers, link)
	{
		if (peer->script && peer->script->after == HOLD) {
			peer_respond(peer);
			peer->script = NULL;
			server->held--;
		}
	}
}

static const struct script *server_script(const struct server *server, const char *head)
{
	const char *path = strchr(head, ' ') + 1;
	size_t len = strcspn(path, " ?");

	for (size_t i = 0; i < server->n_scripts; i++) {
		const char *known = server->scripts[i].path;
		size_t known_len = strlen(known);
		if (known_len <= len && memcmp(known, path, known_len) == 0 &&
		    (known_len == len || path[known_len] == '/'))
			return &server->scripts[i];
	}
	BUG("the test asks for a path without a script");
}

static inline void server_note(struct server *server, const char *head, size_t head_len)
{
	const char *path = strchr(head, ' ') + 1;

	buf_reset(&server->head);
	buf_add(&server->head, head, head_len);
	if (server->requests < ORDER_MAX - 1)
		server->order[server->requests] = path[strcspn(path, " ?") - 1];
	server->requests++;
}

static inline void peer_on_read(struct bufferevent *bev, void *arg)
{
	struct peer *peer = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);

	if (end.pos < 0)
		return;
	size_t head_len = (size_t)end.pos + 4;
	char *head = xmalloc(head_len + 1);
	evbuffer_copyout(in, head, head_len);
	head[head_len] = '\0';
	const char *length = strstr(head, "Content-Length: ");
	size_t body_len = length ? strtoul(length + 16, NULL, 10) : 0;
	enum after after = server_script(peer->server, head)->after;
	if (after == EARLY || after == EARLY_CLOSE)
		body_len = 0;
	if (evbuffer_get_length(in) >= head_len + body_len) {
		struct server *server = peer->server;
		peer->requests++;
		evbuffer_drain(in, head_len);
		buf_reset(&server->body);
		buf_add(&server->body, evbuffer_pullup(in, (ev_ssize_t)body_len), body_len);
		evbuffer_drain(in, body_len);
		server_note(server, head, head_len);
		peer->script = server_script(server, head);
		peer_act(peer);
	}
	free(head);
}

static inline void peer_on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		peer_free(arg);
}

static inline void server_on_accept(struct evconnlistener *listener, evutil_socket_t fd,
				    struct sockaddr *address, int len, void *arg)
{
	struct server *server = arg;
	struct peer *peer = xcalloc(1, sizeof(*peer));

	(void)listener;
	(void)address;
	(void)len;
	server->connections++;
	peer->server = server;
	peer->bev = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	LIST_INSERT_HEAD(&server->peers, peer, link);
	bufferevent_setcb(peer->bev, peer_on_read, peer_on_write, peer_on_event, peer);
	bufferevent_enable(peer->bev, EV_READ | EV_WRITE);
}

static inline void server_start(struct server *server, struct event_base *base,
				const struct script *scripts, size_t n)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	memset(server, 0, sizeof(*server));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->base = base;
	server->scripts = scripts;
	server->n_scripts = n;
	server->listener = evconnlistener_new_bind(base, server_on_accept, server,
						   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 256,
						   (struct sockaddr *)&address, sizeof(address));
	INVARIANT(server->listener);
	getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&address, &len);
	server->port = ntohs(address.sin_port);
}

static inline void server_close_peers(struct server *server)
{
	while (!LIST_EMPTY(&server->peers))
		peer_free(LIST_FIRST(&server->peers));
}

static inline void server_stop(struct server *server)
{
	server_close_peers(server);
	evconnlistener_free(server->listener);
	buf_clear(&server->head);
	buf_clear(&server->body);
}

/* ---- names ---- */

static const struct {
	const char *name;
	const char *addresses[3];
} names[] = {
	{ "sneaky.test", { "127.0.0.1" } },
	{ "metadata.test", { "169.254.169.254" } },
	{ "both.test", { "10.9.9.9", "127.0.0.1" } },
	{ "six.test", { "::ffff:127.0.0.1" } },
};

static pthread_mutex_t dead_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t dead_change = PTHREAD_COND_INITIALIZER;
static bool dead_released;
static int dead_inside;

/* A name server that does not answer until the test says so. */
static inline int resolve_dead(void)
{
	pthread_mutex_lock(&dead_lock);
	dead_inside++;
	pthread_cond_broadcast(&dead_change);
	while (!dead_released)
		pthread_cond_wait(&dead_change, &dead_lock);
	dead_inside--;
	pthread_cond_broadcast(&dead_change);
	pthread_mutex_unlock(&dead_lock);
	return EAI_AGAIN;
}

static inline void dead_release(void)
{
	pthread_mutex_lock(&dead_lock);
	dead_released = true;
	pthread_cond_broadcast(&dead_change);
	while (dead_inside > 0)
		pthread_cond_wait(&dead_change, &dead_lock);
	pthread_mutex_unlock(&dead_lock);
}

static inline struct addrinfo *address_new(const char *text, const char *service)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
	socklen_t len = is_v4 ? sizeof(v4) : sizeof(v6);
	struct addrinfo *info = xcalloc(1, sizeof(*info) + sizeof(v6));

	v4.sin_port = v6.sin6_port = htons((uint16_t)(service ? strtoul(service, NULL, 10) : 0));
	if (!is_v4)
		INVARIANT(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
	info->ai_family = is_v4 ? AF_INET : AF_INET6;
	info->ai_socktype = SOCK_STREAM;
	info->ai_protocol = IPPROTO_TCP;
	info->ai_addrlen = len;
	info->ai_addr = (struct sockaddr *)(info + 1);
	memcpy(info + 1, is_v4 ? (const void *)&v4 : (const void *)&v6, len);
	return info;
}

__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
						       const struct addrinfo *hints,
						       struct addrinfo **out)
{
	(void)hints;
	*out = NULL;
	if (strcmp(node, "dead.test") == 0)
		return resolve_dead();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, node) != 0)
			continue;
		struct addrinfo **tail = out;
		for (size_t k = 0; k < 3 && names[i].addresses[k]; k++) {
			*tail = address_new(names[i].addresses[k], service);
			tail = &(*tail)->ai_next;
		}
		return 0;
	}
	return EAI_NONAME;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;
		free(list);
		list = next;
	}
}

#endif
