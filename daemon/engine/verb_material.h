/* What the verbs about materials are given beside the request: where the files are. */
#ifndef JIEBANG_ENGINE_VERB_MATERIAL_H
#define JIEBANG_ENGINE_VERB_MATERIAL_H

#include "store/material_file.h"

/* A file that is in its place, whole and synced, and wants its row. */
struct material_input {
	const struct material_dir *dir;
	char item[64];
	char name[256];
	char author[256];
	char sha256[MATERIAL_SHA_BYTES];
	int64_t size_bytes;
};

/* Filled by the verb: what is to be looked at after the commit. `mark` is "" if the file stays for others. */
struct material_removal {
	const struct material_dir *dir;
	char sha256[MATERIAL_SHA_BYTES];
	char mark[MATERIAL_PARTIAL_BYTES];
};

#endif
