/*
 * Who asks. On a Unix socket the kernel says: root and the daemon's own user administer, nobody else may. Over TCP a
 * bearer token says. Tokens are random 256 bits, so guessing is hopeless; the strikes only keep a misconfigured or
 * hostile client from being noise. A good token is never locked out by a bad neighbour behind the same proxy.
 */
#include "http/api_inside.h"

#include "jiebang/log.h"
#include "jiebang/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define STRIKES_PER_MINUTE 10

static int unix_peer(const struct front_request *request, char actor[96], struct problem *problem)
{
	uid_t uid = front_peer_uid(request);
	(void)snprintf(actor, 96, "uid:%lld", (long long)uid);
	if (uid == 0 || uid == geteuid())
		return 0;
	(void)problem_set(problem, FAULT_DENIED,
			  "on this socket only root and the daemon's own user may ask");
	return 403;
}

/* The token of "Bearer TOKEN", NULL if there is none. */
static const char *bearer(const struct front_request *request)
{
	static const char scheme[] = "Bearer ";
	const char *header = front_header(request, "Authorization");
	if (!header || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	header += sizeof(scheme) - 1;
	return header + strspn(header, " ");
}

static const struct kept_token *kept(const struct api *api, const uint8_t sha256[DIGEST_BYTES],
				     int64_t now_at)
{
	for (size_t i = 0; i < API_TOKENS_KEPT; i++) {
		const struct kept_token *token = &api->tokens[i];
		if (token->key && token->changes == api->token_changes &&
		    (!token->expires_at || token->expires_at > now_at) &&
		    digest_equal(token->sha256, sha256, DIGEST_BYTES))
			return token;
	}
	return NULL;
}

static void keep(struct api *api, const uint8_t sha256[DIGEST_BYTES], int64_t key,
		 int64_t expires_at)
{
	struct kept_token *token = &api->tokens[api->next_token++ % API_TOKENS_KEPT];
	memcpy(token->sha256, sha256, DIGEST_BYTES);
	token->key = key;
	token->expires_at = expires_at;
	token->changes = api->token_changes;
}

static int tcp_peer(struct api *api, const struct front_request *request, char actor[96],
		    struct problem *problem)
{
	uint8_t sha256[DIGEST_BYTES];
	int64_t key = 0, expires_at = 0;
	int64_t now_at = clock_now_at(api->clock);
	const char *token = bearer(request);
	if (!token) {
		(void)problem_set(problem, FAULT_DENIED,
				  "a token is wanted: Authorization: Bearer jb_…");
		return 401;
	}
	digest_sha256(token, strlen(token), sha256);
	const struct kept_token *known = kept(api, sha256, now_at);
	enum fault fault = FAULT_NONE;
	if (known)
		key = known->key;
	else
		fault = read_token_key(api->reader, sha256, now_at, &key, &expires_at, problem);
	if (fault == FAULT_NONE) {
		if (!known)
			keep(api, sha256, key, expires_at);
		(void)snprintf(actor, 96, "token:tk_%lld", (long long)key);
		return 0;
	}
	if (fault != FAULT_NOT_FOUND)
		return fault_http_status(fault);
	(void)problem_set(problem, FAULT_DENIED, "the token is unknown, revoked or expired");
	return 401;
}

int auth_check(struct api *api, const struct front_request *request, char actor[96],
	       struct problem *problem)
{
	if (front_peer_is_unix(request))
		return unix_peer(request, actor, problem);
	return tcp_peer(api, request, actor, problem);
}

int64_t auth_until_at(struct api *api, const struct front_request *request)
{
	uint8_t sha256[DIGEST_BYTES];
	const char *token = front_peer_is_unix(request) ? NULL : bearer(request);
	if (!token)
		return INT64_MAX;
	digest_sha256(token, strlen(token), sha256);
	const struct kept_token *known = kept(api, sha256, clock_now_at(api->clock));
	return known && known->expires_at ? known->expires_at : INT64_MAX;
}

static struct strike *strike_of(struct api *api, const char *address)
{
	uint32_t hash = 2166136261u;
	for (const char *c = address; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return &api->strikes[hash % API_STRIKES];
}

int auth_strike(struct api *api, const struct front_request *request, int status)
{
	struct strike *strike = strike_of(api, front_peer_address(request));
	int64_t minute = clock_mono_ms() / 60000;
	if (status != 401)
		return status;
	if (strike->minute != minute)
		*strike = (struct strike){ .minute = minute };
	if (strike->count >= STRIKES_PER_MINUTE)
		return 429;
	strike->count++;
	if (strike->count == STRIKES_PER_MINUTE)
		log_warning("sign-in refused often", "peer=%s failures=%u",
			    front_peer_address(request), strike->count);
	return status;
}
