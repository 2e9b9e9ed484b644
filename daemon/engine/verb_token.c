/*
 * Tokens for those who come in over TCP: 256 bits, shown once, stored as a hash.
 */
#include "engine/tx.h"
#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"

#include <inttypes.h>
#include <string.h>

#define TOKEN_BYTES 32

static enum fault read_expiry(const struct verb *verb, int64_t now_at, int64_t *expires_at,
			      struct problem *problem)
{
	char text[CIVIL_DATE_BYTES + 1];
	int32_t day;
	*expires_at = 0;
	if (!body_text(verb, "expires_on", text, sizeof(text), problem))
		return problem->fault;
	if (!text[0])
		return FAULT_NONE;
	if (!civil_parse(text, &day)) {
		problem_set(problem, FAULT_UNPROCESSED, "expires_on must be a day as YYYY-MM-DD");
		text_copy(problem->pointer, sizeof(problem->pointer), "/expires_on");
		return FAULT_UNPROCESSED;
	}
	*expires_at = civil_end_at(day);
	if (*expires_at <= now_at) {
		problem_set(problem, FAULT_UNPROCESSED, "expires_on %s is over already", text);
		text_copy(problem->pointer, sizeof(problem->pointer), "/expires_on");
		return FAULT_UNPROCESSED;
	}
	return FAULT_NONE;
}

static void write_token(const char *id, const char *name, const char *token, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "id", id);
	jw_kv_str(&jw, "name", name);
	jw_kv_str(&jw, "role", "admin");
	jw_kv_str(&jw, "token", token);
	jw_object_end(&jw);
}

static enum fault run_add(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "name", "role", "expires_on", NULL };
	char name[128], role[16], token[TOKEN_BYTES * 8 / 5 + 6] = "jb_", id[TEXT_ID_BYTES];
	uint8_t secret[TOKEN_BYTES], sha256[DIGEST_BYTES];
	int64_t key, expires_at;
	struct problem *problem = &verb->problem;
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "name", name, sizeof(name), problem) ||
	    !body_text(verb, "role", role, sizeof(role), problem))
		return problem->fault;
	if (!name[0] || (role[0] && strcmp(role, "admin") != 0)) {
		problem_set(problem, FAULT_UNPROCESSED,
			    name[0] ? "this version knows the role \"admin\" only"
				    : "name is missing: who is it for?");
		text_copy(problem->pointer, sizeof(problem->pointer), name[0] ? "/role" : "/name");
		return FAULT_UNPROCESSED;
	}
	enum fault fault = read_expiry(verb, tx->now_at, &expires_at, problem);
	if (fault != FAULT_NONE)
		return fault;
	tx_random(tx, secret, sizeof(secret));
	digest_base32(secret, sizeof(secret), token + 3);
	digest_sha256(token, strlen(token), sha256);
	fault = token_add(tx->store, name, "admin", sha256, expires_at, tx->now_at, &key, problem);
	if (fault != FAULT_NONE)
		return fault;
	text_id_write(id, WIRE_ID_TOKEN, key);
	write_token(id, name, token, &verb->reply);
	write_token(id, name, NULL, &verb->kept); /* only the hash is ever stored */
	verb->status = 201;
	return tx_audit(tx, "token_add", id, NULL, problem);
}

static enum fault run_revoke(struct tx *tx, struct verb *verb)
{
	char id[TEXT_ID_BYTES];
	text_id_write(id, WIRE_ID_TOKEN, verb->key);
	enum fault fault = token_revoke(tx->store, verb->key, tx->now_at, &verb->problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, "token_revoke", id, NULL, &verb->problem);
	if (fault == FAULT_NONE)
		buf_addf(&verb->reply, "{\"id\":\"%s\",\"revoked\":true}", id);
	return fault;
}

const struct verb_kind verb_token_add = { "token_add", run_add, false };
const struct verb_kind verb_token_revoke = { "token_revoke", run_revoke, false };
