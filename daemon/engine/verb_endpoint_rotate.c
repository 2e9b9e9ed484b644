/*
 * Another secret. The one before signs along for a while (D2), so that a receiver changes when it likes: whoever knows
 * either finds a signature that fits. With an overlap of nothing all earlier ones end at once: that is for a secret that
 * has come into wrong hands.
 */
#include "engine/endpoint_secret.h"
#include "engine/endpoint_state.h"
#include "jiebang/civil.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"
#include "store/secret.h"

#include <inttypes.h>
#include <string.h>

#define OVERLAP_DEFAULT_S (24 * 3600)
#define OVERLAP_MAX_S     (30 * 24 * 3600)

struct rotation {
	struct secret secret;
	int64_t until_at;
};

/* Those that may be asked for. */
static bool parse_kind(const char *signature, enum secret_kind *out)
{
	return secret_kind_parse(signature, out) && (*out == SECRET_HMAC || *out == SECRET_ED25519);
}

static enum fault take_word(enum endpoint_format format, const char *text, const char *signature,
			    struct secret *out, struct problem *problem)
{
	const char *refusal = text[0] ? robot_secret_refusal(format, text) : NULL;
	if (signature[0])
		return body_wrong(problem, "/signature",
				  "a robot has its own signature: give none");
	if (refusal)
		return body_wrong(problem, "/secret", refusal);
	*out = (struct secret){ .kind = text[0] ? SECRET_WORD : SECRET_NONE, .len = strlen(text) };
	memcpy(out->bytes, text, out->len);
	return FAULT_NONE;
}

static enum fault take_none(const char *text, const char *signature, struct secret *out,
			    struct problem *problem)
{
	if (text[0] || signature[0])
		return body_wrong(problem, text[0] ? "/secret" : "/signature",
				  "a mail is not signed: give no secret");
	*out = (struct secret){ .kind = SECRET_NONE };
	return FAULT_NONE;
}

enum fault endpoint_take_secret(struct tx *tx, const struct verb *verb,
				const struct secret_wanted *wanted, struct secret *out,
				struct problem *problem)
{
	char text[128], signature[16];
	*out = (struct secret){ .kind = wanted->kind, .len = SECRET_DEFAULT_BYTES };
	if (!body_text(verb, "secret", text, sizeof(text), problem) ||
	    !body_text(verb, "signature", signature, sizeof(signature), problem))
		return problem->fault;
	if (wanted->format == FORMAT_MAIL)
		return take_none(text, signature, out, problem);
	if (robot_is(wanted->format))
		return take_word(wanted->format, text, signature, out, problem);
	if (signature[0] && !parse_kind(signature, &out->kind))
		return body_wrong(problem, "/signature", "signature must be hmac or ed25519");
	if (!text[0]) {
		tx_random(tx, out->bytes, out->len);
		return FAULT_NONE;
	}
	if (out->kind == SECRET_ED25519)
		return body_wrong(
			problem, "/secret",
			"a key pair is made here, and only its public half leaves: give no secret");
	return secret_parse(text, out)
		       ? FAULT_NONE
		       : body_wrong(problem, "/secret",
				    "secret must be whsec_ and the base64 of 24 to 64 bytes");
}

void endpoint_tell_secret(const struct secret *secret, struct jw *jw)
{
	struct buf text = BUF_EMPTY;
	if (secret->kind == SECRET_WORD || secret->kind == SECRET_NONE)
		return;
	secret_write(secret, &text);
	jw_kv_str(jw, secret->kind == SECRET_ED25519 ? "public_key" : "secret", buf_str(&text));
	if (text.len > 0)
		explicit_bzero(text.data, text.len);
	buf_clear(&text);
}

static enum fault take_overlap(struct tx *tx, const struct verb *verb, struct rotation *rotation,
			       struct problem *problem)
{
	const struct jr_value *value =
		verb->body ? jr_member(jr_root(verb->body), "overlap_s") : NULL;
	const char *text = jr_string(value);
	int64_t overlap_s = OVERLAP_DEFAULT_S;
	bool given = value && jr_type(value) != JR_NULL;
	bool read = text ? text_parse_i64(text, 0, OVERLAP_MAX_S, &overlap_s)
			 : !given || jr_integer(value, &overlap_s);
	if (!read || overlap_s < 0 || overlap_s > OVERLAP_MAX_S)
		return body_wrong(
			problem, "/overlap_s",
			"overlap_s takes 0 to 2592000 seconds (30 days); default 86400 (a day)");
	/* A robot takes one signature, and knows one secret. */
	bool robot = rotation->secret.kind == SECRET_WORD || rotation->secret.kind == SECRET_NONE;
	rotation->until_at = tx->now_at + (robot ? 0 : overlap_s);
	return FAULT_NONE;
}

/* A courier signs with so many at once: a further one would push out a secret that was promised to be good. */
static enum fault check_room(struct tx *tx, int64_t key, const struct rotation *rotation,
			     struct problem *problem)
{
	struct secrets_older older;
	char at[CIVIL_INSTANT_BYTES];
	enum fault fault = secrets_older_count(tx->store, key, tx->now_at, &older, problem);
	if (fault != FAULT_NONE || older.n + 1 < SECRETS_MAX || rotation->until_at <= tx->now_at)
		return fault;
	civil_instant_write(older.first_ends_at, at);
	problem_set(problem, FAULT_REFUSED,
		    "ep_%" PRId64 " has %d secrets that sign, the most there can be; the first "
		    "of them ends at %s",
		    key, SECRETS_MAX, at);
	text_copy(problem->rule, sizeof(problem->rule), "secrets");
	text_copy(problem->hint, sizeof(problem->hint),
		  "rotate then, or with an overlap of 0, which ends all earlier ones at once");
	return FAULT_REFUSED;
}

static enum fault record(struct tx *tx, const struct endpoint_row *row,
			 const struct rotation *rotation, struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	endpoint_record_begin(row, &data, &jw);
	jw_kv_str(&jw, "signature", secret_kind_name(rotation->secret.kind));
	jw_kv_at(&jw, "older_until", rotation->until_at);
	return endpoint_record_end(tx, row, "endpoint.rotated", "endpoint_rotate", &data, problem);
}

static void write_rotated(const struct endpoint_row *row, const struct rotation *rotation,
			  struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_id(&jw, "id", WIRE_ID_ENDPOINT, row->key);
	jw_kv_str(&jw, "owner", row->owner);
	jw_kv_str(&jw, "signature", secret_kind_name(rotation->secret.kind));
	jw_kv_at(&jw, "older_until", rotation->until_at);
	endpoint_tell_secret(&rotation->secret, &jw);
	jw_object_end(&jw);
}

static enum fault take_secret(struct tx *tx, const struct verb *verb,
			      const struct endpoint_row *row, struct secret *out,
			      struct problem *problem)
{
	struct secret_wanted wanted = { .kind = row->secret_kind };
	INVARIANT(endpoint_format_parse(row->format, &wanted.format)); /* a CHECK of the table */
	if (wanted.format == FORMAT_MAIL)
		return problem_set(problem, FAULT_REFUSED,
				   "ep_%" PRId64 " is a mailbox: its mails are not signed",
				   row->key);
	return endpoint_take_secret(tx, verb, &wanted, out, problem);
}

static enum fault run_rotate(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "overlap_s", "secret", "signature", NULL };
	struct endpoint_row row;
	struct rotation rotation = { .until_at = 0 };
	struct problem *problem = &verb->problem;
	if (!body_known(verb, known, problem))
		return problem->fault;
	enum fault fault = endpoint_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = take_secret(tx, verb, &row, &rotation.secret, problem);
	if (fault == FAULT_NONE)
		fault = take_overlap(tx, verb, &rotation, problem);
	if (fault == FAULT_NONE)
		fault = check_room(tx, row.key, &rotation, problem);
	if (fault == FAULT_NONE)
		fault = secret_replace(tx->store, row.key, &rotation.secret, tx->now_at,
				       rotation.until_at, problem);
	if (fault == FAULT_NONE)
		fault = record(tx, &row, &rotation, problem);
	if (fault == FAULT_NONE)
		write_rotated(&row, &rotation, &verb->reply);
	explicit_bzero(&rotation.secret, sizeof(rotation.secret));
	return fault;
}

const struct verb_kind verb_endpoint_rotate = { "endpoint_rotate", run_rotate, false };
