/* Listening sockets: inherited from systemd, or bound as the configuration says. */
#ifndef JIEBANG_SOCKETS_H
#define JIEBANG_SOCKETS_H

#include "conf.h"

/* Binds and listens; the descriptor is non-blocking and close-on-exec. A stale Unix socket is replaced: the state's lock is held. */
MUST_CHECK enum fault socket_listen(const struct conf_listen *listen, int *fd,
				    struct problem *problem);
/* "tcp:127.0.0.1:41234" or "unix:/run/…" as it was bound in the end. */
void socket_name(int fd, char *out, size_t size);

#endif
