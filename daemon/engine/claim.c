/*
 * Claims: due deliveries become `sending`, with their attempts on record, before a byte leaves (contract 5).
 *
 * Endpoints take turns, but what is written and read goes in the order of the messages' keys: rows that stand side by
 * side are visited together.
 */
#include "store/claim.h"
#include "engine/apart.h"
#include "engine/cloudevent.h"
#include "engine/render.h"
#include "engine/robot_body.h"
#include "engine/tempo.h"
#include "engine/tx.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"
#include "store/part.h"
#include "store/secret.h"

#include <stdlib.h>
#include <string.h>

#define CLAIM_PER_ENDPOINT_MAX 64

/* One claim being made: claim->items[i] is what stood at places[i]. */
struct claiming {
	struct claim *claim;
	struct outbox_place *places;
	struct facts *facts;
	struct buf body;
	bool any_fifo;    /* else no endpoint is asked whether it is one of those */
	bool any_mailbox; /* … whether it is one of those */
	bool any_paced;   /* … and whether it has a pace */
	unsigned mails;   /* that may still be claimed */
	bool again;       /* the second look at spaced hosts, see claim_waiting */
};

static void drop_item(struct claim *claim)
{
	struct claim_item *item = &claim->items[--claim->n];
	if (item->block && robot_is(item->format)) /* its URL is a secret */
		explicit_bzero(item->block + (item->url - item->block), strlen(item->url));
	free(item->block);
	*item = (struct claim_item){ .message_key = 0 };
}

void claim_clear(struct claim *claim)
{
	while (claim->n > 0)
		drop_item(claim);
	free(claim->items);
	free(claim->busy);
	*claim = (struct claim){ .max = 0 };
}

/* ---- whose turn, and how many ---- */

static int compare_busy(const void *a, const void *b)
{
	const struct claim_busy *x = a, *y = b;
	return x->endpoint_key < y->endpoint_key ? -1 : x->endpoint_key > y->endpoint_key;
}

static unsigned load_of(const struct claim *claim, int64_t endpoint_key)
{
	struct claim_busy key = { .endpoint_key = endpoint_key };
	const struct claim_busy *busy =
		claim->n_busy ? bsearch(&key, claim->busy, claim->n_busy, sizeof(key), compare_busy)
			      : NULL;
	return busy ? busy->load : 0;
}

/* How many of this endpoint may be claimed now. */
static unsigned room_of(const struct claim *claim, int64_t endpoint_key)
{
	unsigned load = load_of(claim, endpoint_key);
	unsigned left = claim->max - (unsigned)claim->n;
	unsigned own = load >= claim->per_endpoint ? 0 : claim->per_endpoint - load;
	unsigned free_for_all = left > claim->reserve ? left - claim->reserve : 0;
	if (own == 0 || left == 0)
		return 0;
	if (free_for_all == 0)
		return load == 0 ? 1 : 0;
	return own < free_for_all ? own : free_for_all;
}

/* ---- one message ---- */

static const char *pack(char **at, const char *text, size_t len)
{
	char *begin = *at;
	memcpy(begin, text, len);
	begin[len] = '\0';
	*at += len + 1;
	return begin;
}

/* Secrets that were replaced and still sign. */
struct older {
	struct secret secrets[SECRETS_MAX - 1];
	unsigned n;
};

static enum fault older_of(struct tx *tx, const struct message_context *context,
			   int64_t endpoint_key, struct older *out, struct problem *problem)
{
	out->n = 0;
	if (context->older_until <= tx->now_at)
		return FAULT_NONE;
	return secrets_older(tx->store, endpoint_key, tx->now_at, out->secrets, SECRETS_MAX - 1,
			     &out->n, problem);
}

static void fill_secret(struct claim_item *item, const struct message_context *context)
{
	INVARIANT(context->secret_len <= sizeof(item->secret.bytes));
	INVARIANT(secret_kind_parse(context->secret_kind, &item->secret.kind));
	if (item->secret.kind == SECRET_NONE)
		item->n_secrets = 0;
	item->secret.len = context->secret_len;
	memcpy(item->secret.bytes, context->secret, context->secret_len);
}

/* One block for the texts: they are made on this thread and freed on the other, where each free has its price. */
static void fill_item(struct claim_item *item, const struct outbox_place *place,
		      const struct message_context *context, const struct buf *body,
		      const struct older *older)
{
	size_t id_len = strlen(context->id), url_len = strlen(context->url);
	size_t options_len = strlen(context->options);
	bool plain = options_len <= 2; /* {} */
	size_t older_bytes = older->n * sizeof(older->secrets[0]);
	char *at =
		xmalloc(older_bytes + id_len + url_len + body->len + (plain ? 0 : options_len) + 4);
	*item = (struct claim_item){ .message_key = place->message_key,
				     .endpoint_key = place->endpoint_key,
				     .attempt = context->attempt,
				     .block = at,
				     .body_len = body->len,
				     .format = context->format,
				     .sequence = context->sequence,
				     .timed = strcmp(context->type, "endpoint.test") == 0,
				     .n_secrets = 1 + older->n };
	if (older->n > 0) { /* first of all, where the block is aligned */
		item->older = memcpy(at, older->secrets, older_bytes);
		at += older_bytes;
	}
	item->id = pack(&at, context->id, id_len);
	item->url = pack(&at, context->url, url_len);
	item->body = pack(&at, buf_str(body), body->len);
	item->options = plain ? NULL : pack(&at, context->options, options_len);
	fill_secret(item, context);
}

/* The body is frozen by the first attempt: written then, read ever after (contract 4). */
static enum fault take_body(struct tx *tx, const struct outbox_place *place,
			    struct message_context *context, struct buf *body,
			    struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	bool frozen = context->attempt > 1 || context->part;
	buf_reset(body);
	if (context->body_key)
		fault = message_body_get(tx->store, context->body_key, body, problem);
	else if (context->digest_key)
		fault = render_digest(tx, context, body, problem);
	else
		render_body(tx->templates, context, tx->now_at, body);
	if (fault != FAULT_NONE || frozen)
		return fault;
	if (robot_is(context->format))
		return robot_freeze(tx, place, context, body, problem);
	if (context->format == FORMAT_CLOUDEVENTS)
		cloudevent_wrap(&tx->instance, context, body);
	else if (context->body_key)
		return FAULT_NONE; /* written when it was made, as this endpoint wants it */
	return message_freeze(tx->store, body, &context->body_key, problem);
}

static enum fault begin(struct tx *tx, struct claiming *claiming, size_t i, struct problem *problem)
{
	struct message_context context;
	struct older older;
	const struct outbox_place *place = &claiming->places[i];
	enum fault fault = message_context_begin(claiming->facts, place->message_key,
						 place->endpoint_key, &context, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = take_body(tx, place, &context, &claiming->body, problem);
	if (fault == FAULT_NONE)
		fault = older_of(tx, &context, place->endpoint_key, &older, problem);
	struct delivery_begin row = { *place, context.attempt, tx->instance.boot, tx->now_at,
				      context.body_key };
	if (fault == FAULT_NONE)
		fill_item(&claiming->claim->items[i], place, &context, &claiming->body, &older);
	struct sending_row *sending = tx_sending(tx, place->message_key);
	*sending = (struct sending_row){ place->message_key, context.attempt, row.boot,
					 row.started_at, "" };
	(void)text_copy(sending->id, sizeof(sending->id), context.id);
	message_context_end(&context);
	return fault == FAULT_NONE ? delivery_begin(tx->store, &row, problem) : fault;
}

/* ---- each apart ---- */

struct claim_arg {
	struct claiming *claiming;
	struct outbox_place place;
};

static enum fault claim_row(struct tx *tx, void *arg, struct problem *problem)
{
	struct claim_arg *one = arg;
	struct claiming *claiming = one->claiming;
	size_t i = claiming->claim->n++;
	claiming->places[i] = one->place;
	return begin(tx, claiming, i, problem);
}

static enum fault claim_apart(struct tx *tx, struct claiming *claiming, struct outbox_place place,
			      struct problem *problem)
{
	struct claim_arg one = { claiming, place };
	size_t before = claiming->claim->n;
	char what[TEXT_ID_BYTES];
	bool broken;
	text_id_write(what, "message", place.message_key);
	enum fault fault = tx_apart(tx, claim_row, &one, what, &broken, problem);
	while ((fault != FAULT_NONE || broken) && claiming->claim->n > before)
		drop_item(claiming->claim);
	if (fault == FAULT_NONE && broken)
		fault = outbox_put_aside(tx->store, &place, tx->now_at + PUT_ASIDE_S, problem);
	return fault;
}

/* A copy: the broken ones leave their places to those that come after them. */
static enum fault claim_each(struct tx *tx, struct claiming *claiming, size_t n,
			     struct problem *problem)
{
	struct outbox_place places[CLAIM_PER_ENDPOINT_MAX];
	enum fault fault = FAULT_NONE;
	memcpy(places, &claiming->places[claiming->claim->n], n * sizeof(places[0]));
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++)
		fault = claim_apart(tx, claiming, places[i], problem);
	return fault;
}

/* ---- an endpoint, the ring, all ---- */

static enum fault look(struct tx *tx, const struct claiming *claiming, int64_t endpoint_key,
		       struct outbox_ready *ready, struct problem *problem)
{
	bool fifo = false;
	enum fault fault =
		claiming->any_fifo ? fifo_is(tx->store, endpoint_key, &fifo, problem) : FAULT_NONE;
	if (fault != FAULT_NONE)
		return fault;
	return fifo ? outbox_ready_fifo(tx->store, endpoint_key, tx->now_at, ready, problem)
		    : outbox_ready(tx->store, endpoint_key, tx->now_at, ready, problem);
}

/* Few hosts are spaced, and where none is the URL is not even looked at. */
static enum fault space(struct tx *tx, struct claiming *claiming, int64_t endpoint_key,
			struct outbox_ready *ready, struct problem *problem)
{
	const char *url;
	if (tx->spacing.n == 0 || ready->n == 0)
		return FAULT_NONE;
	enum fault fault = facts_endpoint_url(claiming->facts, endpoint_key, &url, problem);
	struct spaced_host *host = fault == FAULT_NONE ? spacing_of(&tx->spacing, url) : NULL;
	if (host)
		spacing_cut(host, endpoint_key, tx->now_at, claiming->again, ready);
	return fault;
}

/* What is ready and may begin now: the pace first, since what it keeps back takes no second of a spaced host. */
static enum fault admit(struct tx *tx, struct claiming *claiming, int64_t endpoint_key,
			struct outbox_ready *ready, struct problem *problem)
{
	struct tempo tempo = { .endpoint_key = endpoint_key };
	enum fault fault =
		claiming->any_paced ? tempo_look(tx, endpoint_key, &tempo, problem) : FAULT_NONE;
	bool paced = tempo.row.per_minute > 0;
	if (fault == FAULT_NONE && paced)
		tempo_cut(&tempo, tx->now_at, load_of(claiming->claim, endpoint_key), ready);
	if (fault == FAULT_NONE)
		fault = space(tx, claiming, endpoint_key, ready, problem);
	if (fault == FAULT_NONE && paced && ready->n > 0)
		fault = tempo_took(tx, &tempo, ready, problem);
	return fault;
}

static enum fault claim_endpoint(struct tx *tx, struct claiming *claiming, int64_t endpoint_key,
				 struct problem *problem)
{
	struct claim *claim = claiming->claim;
	unsigned want = room_of(claim, endpoint_key);
	bool mailbox = false;
	enum fault fault = claiming->any_mailbox
				   ? mailbox_is(tx->store, endpoint_key, &mailbox, problem)
				   : FAULT_NONE;
	if (mailbox && want > claiming->mails)
		want = claiming->mails;
	struct outbox_ready ready = { .later = INT64_MAX,
				      .places = &claiming->places[claim->n],
				      .max = want < CLAIM_PER_ENDPOINT_MAX
						     ? want
						     : CLAIM_PER_ENDPOINT_MAX };
	if (fault == FAULT_NONE)
		fault = look(tx, claiming, endpoint_key, &ready, problem);
	if (fault == FAULT_NONE)
		fault = admit(tx, claiming, endpoint_key, &ready, problem);
	if (mailbox)
		claiming->mails -= (unsigned)ready.n;
	if (ready.later < claim->next_at)
		claim->next_at = ready.later;
	claim->more |= ready.more;
	if (fault != FAULT_NONE || ready.n == 0)
		return fault;
	if (claim->careful)
		return claim_each(tx, claiming, ready.n, problem);
	claim->n += ready.n;
	return FAULT_NONE;
}

/* Endpoints take turns: one pass over those that have rows, from after the last one served. */
static enum fault claim_ring(struct tx *tx, struct claiming *claiming, struct problem *problem)
{
	struct claim *claim = claiming->claim;
	int64_t key = tx->claim_cursor, first = 0;
	bool wrapped = false;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && claim->n < claim->max) {
		fault = outbox_endpoint_after(tx->store, key, &key, problem);
		if (fault != FAULT_NONE)
			break;
		if (key == 0 && wrapped)
			break;
		if (key == 0) {
			wrapped = true;
			continue;
		}
		if (wrapped && (key > tx->claim_cursor || key == first))
			break;
		if (!first)
			first = key;
		fault = claim_endpoint(tx, claiming, key, problem);
	}
	claim->more |= claim->n == claim->max;
	tx->claim_cursor = claim->n == claim->max ? key : 0;
	return fault;
}

/* Of a spaced host no endpoint after the last one served had anything: then it is the turn of those before. */
static enum fault claim_waiting(struct tx *tx, struct claiming *claiming, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	claiming->again = true;
	for (size_t i = 0; fault == FAULT_NONE && i < tx->spacing.n; i++) {
		int64_t key = tx->spacing.hosts[i].waiting_key;
		tx->spacing.hosts[i].waiting_key = 0;
		if (key)
			fault = claim_endpoint(tx, claiming, key, problem);
	}
	return fault;
}

static int compare_places(const void *a, const void *b)
{
	const struct outbox_place *x = *(const struct outbox_place *const *)a;
	const struct outbox_place *y = *(const struct outbox_place *const *)b;
	return x->message_key < y->message_key ? -1 : x->message_key > y->message_key;
}

static enum fault begin_all(struct tx *tx, struct claiming *claiming, struct problem *problem)
{
	size_t n = claiming->claim->n;
	const struct outbox_place **order = xcalloc(n, sizeof(struct outbox_place *));
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; i < n; i++)
		order[i] = &claiming->places[i];
	if (n > 0)
		qsort(order, n, sizeof(struct outbox_place *), compare_places);
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++)
		fault = begin(tx, claiming, (size_t)(order[i] - claiming->places), problem);
	free(order);
	return fault;
}

static enum fault run_claim(struct tx *tx, struct verb *verb)
{
	struct claim *claim = verb->input;
	while (claim->n > 0) /* of a run that was taken back */
		drop_item(claim);
	free(claim->items);
	claim->items = NULL;
	claim->careful = verb->careful;
	claim->next_at = INT64_MAX;
	claim->more = false;
	if (tx->instance.hold || claim->max == 0)
		return FAULT_NONE;
	claim->items = xcalloc(claim->max, sizeof(*claim->items));
	struct claiming claiming = { .claim = claim,
				     .places = xcalloc(claim->max, sizeof(*claiming.places)),
				     .facts = facts_new(tx->store),
				     .mails = claim->mails,
				     .body = BUF_EMPTY };
	enum fault fault = fifo_any(tx->store, &claiming.any_fifo, &verb->problem);
	if (fault == FAULT_NONE)
		fault = mailbox_any(tx->store, &claiming.any_mailbox, &verb->problem);
	if (fault == FAULT_NONE)
		fault = pace_any(tx->store, &claiming.any_paced, &verb->problem);
	if (fault == FAULT_NONE)
		fault = claim_ring(tx, &claiming, &verb->problem);
	if (fault == FAULT_NONE)
		fault = claim_waiting(tx, &claiming, &verb->problem);
	if (fault == FAULT_NONE && !claim->careful)
		fault = begin_all(tx, &claiming, &verb->problem);
	tx_tally(tx, 0, "delivery:", "due", -(int64_t)claim->n);
	tx_tally(tx, 0, "delivery:", "sending", (int64_t)claim->n);
	facts_free(claiming.facts);
	free(claiming.places);
	buf_clear(&claiming.body);
	return fault;
}

const struct verb_kind verb_claim = { "claim", run_claim, false };
