/*
 * Listening sockets.
 */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 512

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

static socklen_t fill(const struct conf_listen *listen, union address *address)
{
	memset(address, 0, sizeof(*address));
	if (listen->is_unix) {
		address->local.sun_family = AF_UNIX;
		(void)snprintf(address->local.sun_path, sizeof(address->local.sun_path), "%s",
			       listen->path);
		return sizeof(address->local);
	}
	if (inet_pton(AF_INET, listen->host, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons((uint16_t)listen->port);
		return sizeof(address->v4);
	}
	INVARIANT(inet_pton(AF_INET6, listen->host, &address->v6.sin6_addr) == 1);
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = htons((uint16_t)listen->port);
	return sizeof(address->v6);
}

/* Anyone on this machine may knock: who may do what is decided by the peer's uid. */
static int bind_local(int fd, const union address *address, socklen_t len)
{
	struct stat old;
	/* The socket of an earlier run goes; a file that somebody's mistake names stays, and bind says so. */
	if (lstat(address->local.sun_path, &old) == 0 && S_ISSOCK(old.st_mode))
		(void)unlink(address->local.sun_path);
	if (bind(fd, &address->any, len) != 0)
		return -1;
	return chmod(address->local.sun_path, 0666);
}

static int bind_tcp(int fd, const union address *address, socklen_t len)
{
	int on = 1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(fd, &address->any, len);
}

enum fault socket_listen(const struct conf_listen *wanted, int *fd, struct problem *problem)
{
	union address address;
	socklen_t len = fill(wanted, &address);
	const char *where = wanted->is_unix ? wanted->path : wanted->host;
	*fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failed = *fd < 0           ? -1
		     : wanted->is_unix ? bind_local(*fd, &address, len)
				       : bind_tcp(*fd, &address, len);
	if (failed == 0)
		failed = listen(*fd, BACKLOG);
	if (failed == 0)
		return FAULT_NONE;
	char port[16] = "";
	if (!wanted->is_unix)
		(void)snprintf(port, sizeof(port), ":%d", wanted->port);
	enum fault fault =
		problem_set(problem, FAULT_IO, "cannot listen on %s:%s%s: %s",
			    wanted->is_unix ? "unix" : "tcp", where, port, strerror(errno));
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	return fault;
}

void socket_name(int fd, char *out, size_t size)
{
	union address address;
	socklen_t len = sizeof(address);
	char text[INET6_ADDRSTRLEN] = "";
	memset(&address, 0, sizeof(address));
	(void)snprintf(out, size, "?");
	if (getsockname(fd, &address.any, &len) != 0)
		return;
	if (address.any.sa_family == AF_UNIX)
		(void)snprintf(out, size, "unix:%s", address.local.sun_path);
	else if (address.any.sa_family == AF_INET)
		(void)snprintf(out, size, "tcp:%s:%d",
			       inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text)),
			       ntohs(address.v4.sin_port));
	else if (address.any.sa_family == AF_INET6)
		(void)snprintf(out, size, "tcp:[%s]:%d",
			       inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text)),
			       ntohs(address.v6.sin6_port));
}
