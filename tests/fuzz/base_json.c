/*
 * JSON bodies: whatever comes, it is refused with a reason or read, and what was read can be written and read again.
 */
#include "jiebang/json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jr_doc *doc, *again;
	struct problem problem;
	struct buf out = BUF_EMPTY, twice = BUF_EMPTY;
	if (jr_read((const char *)data, size, &doc, &problem) != FAULT_NONE) {
		INVARIANT(problem.detail[0] != '\0');
		return 0;
	}
	jr_write(jr_root(doc), &out);
	INVARIANT(jr_read(out.data, out.len, &again, NULL) == FAULT_NONE);
	jr_write(jr_root(again), &twice);
	INVARIANT(strcmp(buf_str(&out), buf_str(&twice)) == 0);
	jr_free(doc);
	jr_free(again);
	buf_clear(&out);
	buf_clear(&twice);
	return 0;
}
