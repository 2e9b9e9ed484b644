/*
 * Who is next. Jobs wait per endpoint in order of arrival, and endpoints take turns, so that a burst for one of them
 * delays nobody else and neighbouring jobs go to different hosts (in plain due order libcurl opened 15,600
 * connections for 20,000 posts). Mails share a relay, which is one place in the ring however many mailboxes there are.
 * The queue is ours because libcurl's own host limit counts waiting against the time-out.
 */
#include "courier/courier_inside.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64
#define RELAY_KEY     0 /* of no endpoint */

void ring_init(struct ring *ring, unsigned limit, unsigned relay_limit)
{
	ring->n_buckets = FIRST_BUCKETS;
	ring->buckets = xcalloc(ring->n_buckets, sizeof(struct endpoint *));
	ring->n_endpoints = 0;
	ring->limit = limit;
	ring->relay_limit = relay_limit;
	ring->waiting = 0;
	ring->editions = 0;
	TAILQ_INIT(&ring->fresh);
	TAILQ_INIT(&ring->busy);
}

static size_t bucket_of(const struct ring *ring, int64_t key)
{
	uint64_t mixed = (uint64_t)key * UINT64_C(0x9E3779B97F4A7C15); /* Fibonacci hashing */
	return (size_t)(mixed >> 32) & (ring->n_buckets - 1);
}

static void free_jobs(struct courier_job *job)
{
	while (job) {
		struct courier_job *next = job->next;
		courier_job_free(job);
		job = next;
	}
}

void ring_clear(struct ring *ring)
{
	for (size_t i = 0; i < ring->n_buckets; i++) {
		struct endpoint *endpoint = ring->buckets[i];
		while (endpoint) {
			struct endpoint *chain = endpoint->chain;
			free_jobs(endpoint->first);
			free(endpoint->options_text);
			free(endpoint);
			endpoint = chain;
		}
	}
	free(ring->buckets);
	ring->buckets = NULL;
	ring->n_buckets = 0;
}

struct endpoint *ring_find(const struct ring *ring, int64_t key)
{
	struct endpoint *endpoint = ring->buckets[bucket_of(ring, key)];

	while (endpoint && endpoint->key != key)
		endpoint = endpoint->chain;
	return endpoint;
}

static void grow(struct ring *ring)
{
	struct endpoint **old = ring->buckets;
	size_t n_old = ring->n_buckets;

	ring->n_buckets *= 2;
	ring->buckets = xcalloc(ring->n_buckets, sizeof(struct endpoint *));
	for (size_t i = 0; i < n_old; i++) {
		struct endpoint *endpoint = old[i];
		while (endpoint) {
			struct endpoint *chain = endpoint->chain;
			size_t bucket = bucket_of(ring, endpoint->key);
			endpoint->chain = ring->buckets[bucket];
			ring->buckets[bucket] = endpoint;
			endpoint = chain;
		}
	}
	free(old);
}

static struct endpoint *find_or_add(struct ring *ring, int64_t key)
{
	struct endpoint *endpoint = ring_find(ring, key);

	if (endpoint)
		return endpoint;
	if (ring->n_endpoints >= ring->n_buckets)
		grow(ring);
	endpoint = xcalloc(1, sizeof(*endpoint));
	endpoint->key = key;
	endpoint->last = &endpoint->first;
	TAILQ_INIT(&endpoint->idle);
	size_t bucket = bucket_of(ring, key);
	endpoint->chain = ring->buckets[bucket];
	ring->buckets[bucket] = endpoint;
	ring->n_endpoints++;
	return endpoint;
}

static struct endpoint_list *list_of(struct ring *ring, enum turn turn)
{
	return turn == TURN_FRESH ? &ring->fresh : &ring->busy;
}

static unsigned limit_of(const struct ring *ring, const struct endpoint *endpoint)
{
	if (endpoint->relay)
		return ring->relay_limit;
	return endpoint->options.concurrency > 0 ? (unsigned)endpoint->options.concurrency
						 : ring->limit;
}

/* The one place that moves an endpoint between the lists. */
static void place(struct ring *ring, struct endpoint *endpoint)
{
	enum turn turn = TURN_NONE;

	if (endpoint->waiting > 0 && endpoint->in_flight == 0)
		turn = TURN_FRESH;
	else if (endpoint->waiting > 0 && endpoint->in_flight < limit_of(ring, endpoint))
		turn = TURN_BUSY;
	if (turn == endpoint->turn)
		return;
	if (endpoint->turn != TURN_NONE)
		TAILQ_REMOVE(list_of(ring, endpoint->turn), endpoint, link);
	if (turn != TURN_NONE)
		TAILQ_INSERT_TAIL(list_of(ring, turn), endpoint, link);
	endpoint->turn = turn;
}

/* What the endpoint asks for now. It was judged when it was set: what can't be read is as good as nothing. */
static void take_options(struct ring *ring, struct endpoint *endpoint, const char *text)
{
	if (!text && !endpoint->options_text)
		return;
	if (text && endpoint->options_text && strcmp(text, endpoint->options_text) == 0)
		return;
	free(endpoint->options_text);
	endpoint->options_text = text ? xstrdup(text) : NULL;
	endpoint->edition = text ? ++ring->editions : 0;
	memset(&endpoint->options, 0, sizeof(endpoint->options));
	if (text &&
	    endpoint_options_read(text, strlen(text), &endpoint->options, NULL) != FAULT_NONE)
		memset(&endpoint->options, 0, sizeof(endpoint->options));
}

void ring_add(struct ring *ring, struct courier_job *job)
{
	bool mail = job->format == FORMAT_MAIL;
	struct endpoint *endpoint = find_or_add(ring, mail ? RELAY_KEY : job->endpoint_key);

	endpoint->relay = mail;
	if (!mail)
		take_options(ring, endpoint, job->options);
	job->next = NULL;
	*endpoint->last = job;
	endpoint->last = &job->next;
	endpoint->waiting++;
	ring->waiting++;
	place(ring, endpoint);
}

static struct courier_job *pop(struct ring *ring, struct endpoint *endpoint)
{
	struct courier_job *job = endpoint->first;

	endpoint->first = job->next;
	if (!endpoint->first)
		endpoint->last = &endpoint->first;
	job->next = NULL;
	endpoint->waiting--;
	ring->waiting--;
	return job;
}

struct courier_job *ring_take(struct ring *ring, bool fresh_only, struct endpoint **out)
{
	struct endpoint *endpoint = TAILQ_FIRST(&ring->fresh);

	if (!endpoint && !fresh_only)
		endpoint = TAILQ_FIRST(&ring->busy);
	if (!endpoint)
		return NULL;
	/* Out of its list first: whoever has taken a turn goes to the end. */
	TAILQ_REMOVE(list_of(ring, endpoint->turn), endpoint, link);
	endpoint->turn = TURN_NONE;
	struct courier_job *job = pop(ring, endpoint);
	endpoint->in_flight++;
	place(ring, endpoint);
	*out = endpoint;
	return job;
}

struct courier_job *ring_take_back(struct ring *ring)
{
	for (size_t i = 0; ring->waiting > 0 && i < ring->n_buckets; i++)
		for (struct endpoint *endpoint = ring->buckets[i]; endpoint;
		     endpoint = endpoint->chain) {
			if (endpoint->waiting == 0)
				continue;
			struct courier_job *job = pop(ring, endpoint);
			place(ring, endpoint);
			return job;
		}
	return NULL;
}

void ring_release(struct ring *ring, struct endpoint *endpoint)
{
	INVARIANT(endpoint->in_flight > 0);
	endpoint->in_flight--;
	place(ring, endpoint);
}

void ring_drop_if_empty(struct ring *ring, struct endpoint *endpoint)
{
	if (endpoint->waiting > 0 || endpoint->in_flight > 0 || !TAILQ_EMPTY(&endpoint->idle))
		return;
	struct endpoint **at = &ring->buckets[bucket_of(ring, endpoint->key)];
	while (*at != endpoint)
		at = &(*at)->chain;
	*at = endpoint->chain;
	ring->n_endpoints--;
	free(endpoint->options_text);
	free(endpoint);
}
