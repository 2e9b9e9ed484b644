/*
 * The worker's thread and its two lists: what waits, and what is done.
 */
#include "engine/worker.h"

#include "jiebang/fault.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct jobs {
	struct job *first;
	struct job **tail;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct jobs waiting, finished; /* under lock */
	bool stopping;                 /* under lock */
	bool stopped;                  /* loop thread only */
	int event_fd;
};

static void push(struct jobs *jobs, struct job *job)
{
	job->next = NULL;
	*jobs->tail = job;
	jobs->tail = &job->next;
}

static struct job *take_all(struct jobs *jobs)
{
	struct job *first = jobs->first;
	jobs->first = NULL;
	jobs->tail = &jobs->first;
	return first;
}

static struct job *take_one(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	while (!worker->waiting.first && !worker->stopping)
		pthread_cond_wait(&worker->wake, &worker->lock);
	struct job *job = worker->waiting.first;
	if (job && !(worker->waiting.first = job->next))
		worker->waiting.tail = &worker->waiting.first;
	pthread_mutex_unlock(&worker->lock);
	return job;
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct job *job;
	const uint64_t one = 1;
	(void)pthread_setname_np(pthread_self(), "jiebang-worker");
	while ((job = take_one(worker))) {
		job->run(job);
		pthread_mutex_lock(&worker->lock);
		push(&worker->finished, job);
		pthread_mutex_unlock(&worker->lock);
		ssize_t written = write(worker->event_fd, &one, sizeof(one));
		INVARIANT(written == sizeof(one) || errno == EAGAIN);
	}
	return NULL;
}

struct worker *worker_new(void)
{
	struct worker *worker = xcalloc(1, sizeof(*worker));
	worker->waiting.tail = &worker->waiting.first;
	worker->finished.tail = &worker->finished.first;
	worker->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	INVARIANT(worker->event_fd >= 0);
	INVARIANT(pthread_mutex_init(&worker->lock, NULL) == 0 &&
		  pthread_cond_init(&worker->wake, NULL) == 0);
	INVARIANT(pthread_create(&worker->thread, NULL, worker_main, worker) == 0);
	return worker;
}

void worker_submit(struct worker *worker, struct job *job)
{
	if (worker->stopped) {
		job->run(job);
		job->done(job);
		return;
	}
	pthread_mutex_lock(&worker->lock);
	push(&worker->waiting, job);
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
}

int worker_fd(const struct worker *worker)
{
	return worker->event_fd;
}

void worker_collect(struct worker *worker)
{
	uint64_t count;
	ssize_t got = read(worker->event_fd, &count, sizeof(count));
	INVARIANT(got == sizeof(count) || errno == EAGAIN);
	pthread_mutex_lock(&worker->lock);
	struct job *job = take_all(&worker->finished);
	pthread_mutex_unlock(&worker->lock);
	while (job) {
		struct job *next = job->next;
		job->done(job);
		job = next;
	}
}

void worker_stop(struct worker *worker)
{
	if (worker->stopped)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->stopping = true;
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
	(void)pthread_join(worker->thread, NULL);
	worker->stopped = true;
	worker_collect(worker);
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	worker_stop(worker);
	(void)pthread_cond_destroy(&worker->wake);
	(void)pthread_mutex_destroy(&worker->lock);
	(void)close(worker->event_fd);
	free(worker);
}
