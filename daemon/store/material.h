/* Materials as rows: files handed in for an obligation, and the form and checklist frozen with its rule. */
#ifndef JIEBANG_STORE_MATERIAL_H
#define JIEBANG_STORE_MATERIAL_H

#include "jiebang/buf.h"
#include "store/material_file.h"
#include "store/store.h"

#include <stdint.h>

/* The form and the checklist frozen with a rule version, as JSON; "" where it has none. */
MUST_CHECK enum fault rule_form(struct store *store, int64_t rule_key, struct buf *form,
				struct buf *checklist, struct problem *problem);

struct material_row {
	int64_t key;
	int64_t obligation_key;
	int64_t size_bytes;
	bool removed;
	char item[64];
	char name[256];
	char sha256[MATERIAL_SHA_BYTES];
};
/* FAULT_NOT_FOUND if there never was one; a removed one is found. */
MUST_CHECK enum fault material_get(struct store *store, int64_t key, struct material_row *out,
				   struct problem *problem);
/* The live one with these bytes under this item: *key is 0 if there is none. */
MUST_CHECK enum fault material_find(struct store *store, int64_t obligation_key, const char *item,
				    const char *sha256, int64_t *key, struct problem *problem);

struct material_new {
	int64_t obligation_key;
	const char *item;
	const char *name;
	const char *sha256;
	int64_t size_bytes;
	const char *author;
	const char *actor;
};
MUST_CHECK enum fault material_add(struct store *store, const struct material_new *material,
				   int64_t now_at, int64_t *key, struct problem *problem);
MUST_CHECK enum fault material_remove(struct store *store, int64_t key, const char *actor,
				      const char *reason, int64_t now_at, struct problem *problem);

/* Live rows that name this file, but for the row `except` (0: none). */
MUST_CHECK enum fault material_references(struct store *store, const char *sha256, int64_t except,
					  int64_t *n, struct problem *problem);
/* Live files of one item of an obligation. */
MUST_CHECK enum fault material_count(struct store *store, int64_t obligation_key, const char *item,
				     int64_t *n, struct problem *problem);

/* The next live file after `sha256` in order of hashes ("" begins); found is false at the end. */
struct material_file_row {
	char sha256[MATERIAL_SHA_BYTES];
	int64_t size_bytes;
};
MUST_CHECK enum fault material_next_file(struct store *store, const char *sha256,
					 struct material_file_row *out, bool *found,
					 struct problem *problem);
/* Appends the ids of the live rows that name a file, as a JSON array. */
MUST_CHECK enum fault material_owners(struct store *store, const char *sha256, struct buf *out,
				      struct problem *problem);

#define MATERIAL_TALLY "material_bytes" /* scope: the programme */
/* What the programme's live files take, and the programme's id. */
MUST_CHECK enum fault material_usage(struct store *store, int64_t programme_key, int64_t *bytes,
				     struct buf *programme_id, struct problem *problem);

#endif
