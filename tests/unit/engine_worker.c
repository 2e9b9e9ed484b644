/*
 * The worker: jobs in their order, on its thread; their ends on ours; and nothing lost when it stops.
 */
#include "engine/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>

#define JOBS 200

struct task {
	struct job job;
	int n;
	pthread_t ran_on;
};

static struct worker *worker;
static struct task tasks[JOBS];
static int ran[JOBS], n_ran; /* the worker's, read when it has stopped or all is done */
static int n_done;

static void run_task(struct job *job)
{
	struct task *task = (struct task *)(void *)job;
	task->ran_on = pthread_self();
	ran[n_ran++] = task->n;
}

static void task_done(struct job *job)
{
	struct task *task = (struct task *)(void *)job;
	assert_int_equal(task->n, n_done++);
}

static void submit(int n)
{
	tasks[n] = (struct task){ .job = { .run = run_task, .done = task_done }, .n = n };
	worker_submit(worker, &tasks[n].job);
}

static int setup(void **state)
{
	(void)state;
	worker = worker_new();
	n_ran = n_done = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	worker_free(worker);
	return 0;
}

static void jobs_run_in_order_and_end_here(void **state)
{
	(void)state;
	for (int i = 0; i < JOBS; i++)
		submit(i);
	while (n_done < JOBS) {
		struct pollfd ready = { .fd = worker_fd(worker), .events = POLLIN };
		assert_int_equal(poll(&ready, 1, 30000), 1);
		worker_collect(worker);
	}
	for (int i = 0; i < JOBS; i++) {
		assert_int_equal(ran[i], i);
		assert_false(pthread_equal(tasks[i].ran_on, pthread_self()));
	}
	worker_collect(worker); /* nothing more: it does not wait */
}

static void a_stop_loses_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < JOBS - 1; i++)
		submit(i);
	worker_stop(worker);
	assert_int_equal(n_done, JOBS - 1);
	/* Afterwards a job runs at once, here. */
	submit(JOBS - 1);
	assert_int_equal(n_done, JOBS);
	assert_true(pthread_equal(tasks[JOBS - 1].ran_on, pthread_self()));
	worker_stop(worker);
}

/* A job whose end submits it once more, as a long check does. */
static void again(struct job *job)
{
	if (++n_done < 5)
		worker_submit(worker, job);
}

static void an_end_may_submit(void **state)
{
	struct task task = { .job = { .run = run_task, .done = again } };
	(void)state;
	worker_submit(worker, &task.job);
	while (n_done < 5) {
		struct pollfd ready = { .fd = worker_fd(worker), .events = POLLIN };
		assert_int_equal(poll(&ready, 1, 30000), 1);
		worker_collect(worker);
	}
	assert_int_equal(n_ran, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(jobs_run_in_order_and_end_here, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stop_loses_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(an_end_may_submit, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
