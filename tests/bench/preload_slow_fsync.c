/*
 * A slow disk, preloaded: each fsync and fdatasync takes SLOW_FSYNC_US microseconds more. What it costs to wait for a
 * disk can be measured with it on any machine, and again.
 */
#ifndef _GNU_SOURCE /* RTLD_NEXT; the build may give it */
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void be_slow(void)
{
	const char *text = getenv("SLOW_FSYNC_US");
	long us = text ? strtol(text, NULL, 10) : 0;
	struct timespec left = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	while (us > 0 && nanosleep(&left, &left) != 0)
		;
}

/* POSIX wants a function from dlsym; ISO C knows no such cast. */
static int real(const char *name, int fd)
{
	int (*call)(int);
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(&call, &found, sizeof(call));
	return call(fd);
}

int fsync(int fd)
{
	be_slow();
	return real("fsync", fd);
}

int fdatasync(int fd)
{
	be_slow();
	return real("fdatasync", fd);
}
