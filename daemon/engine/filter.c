/*
 * A filter that is wrong loses messages without a sound, and nobody misses what he never got. So what it names has to
 * exist, what nobody wants is on record as suppressed(filtered), who leaves out reminders is told so when he says it, and a
 * unit whose endpoints leave some out counts as not reached.
 */
#include "engine/filter.h"

#include "jiebang/chinese.h"
#include "jiebang/event_type.h"
#include "jiebang/text.h"
#include "store/scope.h"

#include <stdio.h>
#include <string.h>

/* ---- what it wants ---- */

static enum fault wants_any(struct tx *tx, int64_t digest_key,
			    const struct endpoint_options *options, bool *wants,
			    struct problem *problem)
{
	struct scope scope;
	int64_t item_key;
	*wants = false;
	scope_items_begin(tx->store, digest_key, &scope);
	while (!*wants && scope_items_next(&scope, &item_key))
		*wants = endpoint_filter_pass(options, &scope.words);
	return scope_end(&scope, problem);
}

enum fault filter_wants(struct tx *tx, const struct message_new *message, int64_t endpoint_key,
			struct endpoint_options *options, bool *wants, struct problem *problem)
{
	struct scope scope;
	enum fault fault = endpoint_options_get(tx->store, endpoint_key, options, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (message->digest_key)
		return wants_any(tx, message->digest_key, options, wants, problem);
	scope_begin(tx->store, message->type, message->unit_key, message->programme_key, &scope);
	*wants = endpoint_filter_pass(options, &scope.words);
	return scope_end(&scope, problem);
}

enum fault filter_leave_out(struct tx *tx, const struct message_new *message,
			    const struct endpoint_options *options, struct problem *problem)
{
	struct scope scope;
	int64_t item_key;
	enum fault fault = FAULT_NONE;
	scope_items_begin(tx->store, message->digest_key, &scope);
	while (fault == FAULT_NONE && scope_items_next(&scope, &item_key))
		if (!endpoint_filter_pass(options, &scope.words))
			fault = scope_untold(tx->store, message->id, item_key, problem);
	enum fault ended = scope_end(&scope, fault == FAULT_NONE ? problem : NULL);
	return fault != FAULT_NONE ? fault : ended;
}

/* ---- what it names ---- */

static enum fault nothing_such(const char *option, const char *what, const char *name,
			       struct problem *problem)
{
	problem_set(problem, FAULT_UNPROCESSED,
		    "%s names %s \"%.100s\", which there is not; an endpoint that waits for it "
		    "would never be told anything",
		    option, what, name);
	(void)snprintf(problem->pointer, sizeof(problem->pointer), "/options/%s", option);
	return FAULT_UNPROCESSED;
}

enum fault filter_check(struct tx *tx, const struct endpoint_options *options,
			struct problem *problem)
{
	const struct {
		const char *option, *what, *words;
		enum scope_kind kind;
	} lists[] = {
		{ "programmes", "the programme", options->programmes, SCOPE_PROGRAMME },
		{ "tracks", "the track", options->tracks, SCOPE_TRACK },
		{ "regions", "the region", options->regions, SCOPE_REGION },
		{ "units", "the unit", options->units, SCOPE_UNIT },
	};
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < sizeof(lists) / sizeof(lists[0]); i++) {
		size_t len;
		const char *word = endpoint_filter_word(NULL, lists[i].words, &len);
		for (; fault == FAULT_NONE && word;
		     word = endpoint_filter_word(word, lists[i].words, &len)) {
			char name[ENDPOINT_LIST_BYTES];
			bool known = false;
			INVARIANT(text_copy_n(name, sizeof(name), word, len));
			fault = scope_known(tx->store, lists[i].kind, name, &known, problem);
			if (fault == FAULT_NONE && !known)
				fault = nothing_such(lists[i].option, lists[i].what, name, problem);
		}
	}
	return fault;
}

/* ---- what it leaves out ---- */

enum fault filter_hears(struct tx *tx, const struct endpoint_options *options, int64_t unit_key,
			bool *hears, struct problem *problem)
{
	struct scope scope;
	*hears = true;
	if (!endpoint_filter_any(options))
		return FAULT_NONE;
	scope_begin(tx->store, "", unit_key, 0, &scope);
	*hears = endpoint_filter_reminds(options, &scope.words);
	return scope_end(&scope, problem);
}

/* By its list of events alone: who wants to hear of some units only has said so. */
static void list_unheard(const struct endpoint_options *options, struct buf *out)
{
	struct endpoint_options events;
	memset(&events, 0, sizeof(events));
	text_copy(events.events, sizeof(events.events), options->events);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		const struct event_type *type = event_type_at(i);
		struct endpoint_scope scope = { type->name, "", "", "", "" };
		if (type->group == EVENT_REMINDER && !endpoint_filter_pass(&events, &scope))
			buf_addf(out, "%s%s", out->len > 0 ? ", " : "", type->name);
	}
}

static void warn(struct jw *jw, const char *detail)
{
	struct buf zh = BUF_EMPTY;
	jw_object(jw);
	jw_kv_str(jw, "rule", "filter");
	jw_kv_str(jw, "detail", detail);
	if (chinese_of(detail, &zh))
		jw_kv_str(jw, "detail_zh", buf_str(&zh));
	jw_object_end(jw);
	buf_clear(&zh);
}

enum fault filter_warn(struct tx *tx, const struct endpoint_row *row,
		       const struct endpoint_options *options, struct buf *reply,
		       struct problem *problem)
{
	struct buf unheard = BUF_EMPTY, detail = BUF_EMPTY;
	struct jw jw;
	bool hears = true;
	enum fault fault = row->unit_key ? filter_hears(tx, options, row->unit_key, &hears, problem)
					 : FAULT_NONE;
	list_unheard(options, &unheard);
	INVARIANT(reply->len > 0 && reply->data[reply->len - 1] == '}');
	reply->len--;
	buf_addf(reply, ",\"warnings\":");
	jw_init(&jw, reply);
	jw_array(&jw);
	if (unheard.len > 0) {
		buf_addf(&detail, "reminders of these types are not for it: %s", buf_str(&unheard));
		warn(&jw, buf_str(&detail));
	}
	if (!hears)
		warn(&jw, "not every reminder of its unit gets here: it does not count among the "
			  "endpoints that reach the unit");
	jw_array_end(&jw);
	buf_addc(reply, '}');
	buf_clear(&unheard);
	buf_clear(&detail);
	return fault;
}
