/*
 * What lies in memory are the secrets that messages are signed with, and the URLs of robots. A limit of nothing keeps
 * a file of it away; where the kernel hands dumps to a program that limit does not count, and the filter leaves it
 * nothing of ours to write (core(5)).
 */
#include "no_core.h"

#include "jiebang/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static bool filter_all(void)
{
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "0", 1) == 1;
	if (fd >= 0)
		(void)close(fd);
	return good;
}

void no_core(void)
{
	const struct rlimit none = { 0, 0 };
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		log_warning("core dumps are not off", "reason=%s", strerror(errno));
	if (!filter_all())
		log_warning("core dumps are not filtered", "reason=%s", strerror(errno));
}
