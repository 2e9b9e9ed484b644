/*
 * One thread for what is slow and needs no database: syncing a large file, hashing it, taking it away. Neither the
 * loop nor the writer waits for it. Jobs run one after another, in the order they were given.
 */
#ifndef JIEBANG_ENGINE_WORKER_H
#define JIEBANG_ENGINE_WORKER_H

struct worker;

/* Embedded as the first member of what a job knows; owned by whoever submits it. */
struct job {
	void (*run)(struct job *job);  /* the worker's thread */
	void (*done)(struct job *job); /* loop thread, through worker_collect; may free the job */
	struct job *next;
};

struct worker *worker_new(void);
/* Runs what was given, then ends the thread. Jobs that are submitted from here on run at once, on the caller's. */
void worker_stop(struct worker *worker);
/* Stops it; NULL is fine. */
void worker_free(struct worker *worker);
void worker_submit(struct worker *worker, struct job *job);
/* Readable when jobs are finished; call worker_collect on the loop thread then. */
int worker_fd(const struct worker *worker);
void worker_collect(struct worker *worker);

#endif
