/*
 * A list of figures, one an endpoint, and a table of where each stands in it. When they are written the list goes as it is
 * and a new one begins; in parts, so that ten thousand endpoints hold up no report. A part that can't be written now is
 * tried again.
 */
#include "courier/figures.h"

#include "jiebang/retry.h"

#include <stdlib.h>
#include <string.h>

#define WRITE_EVERY_MS 500
#define AGAIN_MS       1000
#define PART_MAX       500

struct list {
	struct figure *items;
	size_t n, cap;
};

struct figures {
	struct engine *engine;
	void (*later)(void *arg, int64_t wait_ms);
	void *arg;
	bool asked; /* for figures_write */
	struct list counted;
	size_t *slots; /* an item's number and one more; 0: free. A power of two of them */
	size_t n_slots;
	struct list writing;
	size_t written; /* of `writing` */
	struct figures_part part;
	bool running;
	struct figures_sum sum;
};

struct figures *figures_new(struct engine *engine, void (*later)(void *arg, int64_t wait_ms),
			    void *arg)
{
	struct figures *figures = xcalloc(1, sizeof(*figures));
	figures->engine = engine;
	figures->later = later;
	figures->arg = arg;
	return figures;
}

void figures_free(struct figures *figures)
{
	if (!figures)
		return;
	free(figures->counted.items);
	free(figures->writing.items);
	free(figures->slots);
	free(figures);
}

static void ask(struct figures *figures, int64_t wait_ms)
{
	if (!figures->asked)
		figures->later(figures->arg, wait_ms);
	figures->asked = true;
}

/* ---- counting ---- */

/* Keys are small numbers in a row: their low bits are as good as any hash. */
static size_t *slot_of(const struct figures *figures, int64_t key)
{
	size_t at = (size_t)key;
	for (;; at++) {
		size_t *slot = &figures->slots[at & (figures->n_slots - 1)];
		if (*slot == 0 || figures->counted.items[*slot - 1].endpoint_key == key)
			return slot;
	}
}

static void grow(struct figures *figures)
{
	struct list *list = &figures->counted;
	list->cap = list->cap ? 2 * list->cap : 64;
	list->items = xrealloc(list->items, list->cap * sizeof(list->items[0]));
	free(figures->slots);
	figures->n_slots = 2 * list->cap;
	figures->slots = xcalloc(figures->n_slots, sizeof(figures->slots[0]));
	for (size_t i = 0; i < list->n; i++)
		*slot_of(figures, list->items[i].endpoint_key) = i + 1;
}

static struct figure *figure_of(struct figures *figures, int64_t key)
{
	struct list *list = &figures->counted;
	if (list->n == list->cap)
		grow(figures);
	size_t *slot = slot_of(figures, key);
	if (*slot == 0) {
		list->items[list->n] = (struct figure){ .endpoint_key = key };
		*slot = ++list->n;
	}
	return &list->items[*slot - 1];
}

void figures_count(struct figures *figures, const struct outcome *outcome)
{
	enum verdict verdict = retry_verdict(outcome->end, outcome->status);
	/* It was given back before it began. */
	if (verdict == VERDICT_RELEASED)
		return;
	struct figure *figure = figure_of(figures, outcome->endpoint_key);
	figure->delivered += verdict == VERDICT_DELIVERED;
	figure->failed += verdict != VERDICT_DELIVERED;
	if (outcome->status != 0) {
		latency_add(&figure->latency, outcome->elapsed_ms);
		latency_add(&figures->sum.latency, outcome->elapsed_ms);
		figures->sum.elapsed_ms += outcome->elapsed_ms;
	}
	ask(figures, WRITE_EVERY_MS);
}

const struct figures_sum *figures_sum(const struct figures *figures)
{
	return &figures->sum;
}

/* ---- writing ---- */

static void part_done(struct verb *verb);

static void submit(struct figures *figures)
{
	size_t left = figures->writing.n - figures->written;
	struct verb *verb = verb_new(&verb_figures, part_done, figures);
	figures->part = (struct figures_part){ figures->writing.items + figures->written,
					       left < PART_MAX ? left : PART_MAX };
	verb->input = &figures->part;
	figures->running = true;
	engine_submit(figures->engine, verb);
}

static void part_done(struct verb *verb)
{
	struct figures *figures = verb->arg;
	bool failed = verb->fault != FAULT_NONE;
	figures->running = false;
	verb_free(verb);
	figures->written += failed ? 0 : figures->part.n;
	if (failed)
		ask(figures, AGAIN_MS);
	else if (figures->written < figures->writing.n)
		submit(figures);
	else if (figures->counted.n > 0)
		ask(figures, WRITE_EVERY_MS);
}

void figures_write(struct figures *figures)
{
	figures->asked = false;
	if (figures->running)
		return;
	if (figures->written == figures->writing.n) {
		struct list spare = { figures->writing.items, 0, figures->writing.cap };
		figures->writing = figures->counted;
		figures->written = 0;
		figures->counted = spare;
		free(figures->slots);
		figures->n_slots = 2 * spare.cap;
		figures->slots =
			spare.cap ? xcalloc(figures->n_slots, sizeof(figures->slots[0])) : NULL;
	}
	if (figures->writing.n > 0)
		submit(figures);
}
