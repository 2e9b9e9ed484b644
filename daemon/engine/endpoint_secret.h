/* An endpoint's secret on its way in and out of a verb: when it is added and when it is replaced. */
#ifndef JIEBANG_ENGINE_ENDPOINT_SECRET_H
#define JIEBANG_ENGINE_ENDPOINT_SECRET_H

#include "engine/tx.h"
#include "jiebang/endpoint_format.h"
#include "jiebang/secret.h"

/*
 * Of the body's `secret` and `signature` (default `kind`); without a secret one is made. A robot's was made by its group: it is
 * the word that is given, or there is none.
 */
struct secret_wanted {
	enum endpoint_format format;
	enum secret_kind kind;
};
MUST_CHECK enum fault endpoint_take_secret(struct tx *tx, const struct verb *verb,
					   const struct secret_wanted *wanted, struct secret *out,
					   struct problem *problem);
/* "secret":"whsec_…", or "public_key":"whpk_…"; nothing of a robot's, which came from there. */
void endpoint_tell_secret(const struct secret *secret, struct jw *jw);

#endif
