/*
 * Checklists: the files that must lie beside an obligation (验收申请书, 工作总结, …) before it can be accepted. Like a
 * form, a checklist is frozen as JSON with the rule version that the obligation was planned by. Pure.
 */
#ifndef JIEBANG_CHECKLIST_H
#define JIEBANG_CHECKLIST_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECKLIST_ITEMS_MAX      64
#define CHECKLIST_TYPES_MAX      32
#define CHECKLIST_SIZE_MAX_BYTES (64LL * 1024 * 1024 * 1024)

struct checklist_item {
	char *id;
	char *name_zh;
	char *name_en; /* "" when absent */
	bool required;
	int64_t max_bytes; /* of one file */
	char **types;      /* file name endings without the dot, lower case; none: any */
	size_t n_types;
};

struct checklist {
	char *id;
	char *name_zh;
	char *name_en;
	struct checklist_item *items;
	size_t n_items;
};

/* The content of the struct, not the struct. */
void checklist_clear(struct checklist *checklist);
/* Content and struct; NULL is fine. */
void checklist_free(struct checklist *checklist);
const struct checklist_item *checklist_item(const struct checklist *checklist, const char *id);
/* Whether the item takes a file of this name: by its ending, in any case. */
bool checklist_takes(const struct checklist_item *item, const char *file_name);

void checklist_write(const struct checklist *checklist, struct buf *out);
/* Heap; FAULT_INVALID if it is no checklist. */
MUST_CHECK enum fault checklist_read(const char *text, size_t len, struct checklist **out,
				     struct problem *problem);

#endif
