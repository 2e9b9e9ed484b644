/*
 * What is filed, against a form with every type; and forms and checklists as they are read back from their rows.
 * Whatever comes: a verdict, errors that are JSON, and never a mistake without its place.
 */
#include "jiebang/checklist.h"
#include "jiebang/form.h"

#include <string.h>

#define NAMES "\"name\":{\"zh\":\"项\",\"en\":\"F\"},\"unit\":\"\",\"required\":"

static const char text[] =
	"{\"id\":\"f\",\"name\":{\"zh\":\"表\",\"en\":\"F\"},\"optional\":true,\"fields\":["
	"{\"id\":\"t\",\"type\":\"text\"," NAMES "true,\"max_chars\":4},"
	"{\"id\":\"i\",\"type\":\"integer\"," NAMES "false,\"min\":-2,\"max\":9},"
	"{\"id\":\"d\",\"type\":\"decimal\"," NAMES "false},"
	"{\"id\":\"p\",\"type\":\"percent\"," NAMES "false,\"min\":0,\"max\":100},"
	"{\"id\":\"m\",\"type\":\"money\"," NAMES "false},"
	"{\"id\":\"y\",\"type\":\"date\"," NAMES "false},"
	"{\"id\":\"b\",\"type\":\"boolean\"," NAMES "false},"
	"{\"id\":\"c\",\"type\":\"choice\"," NAMES
	"false,\"choices\":[{\"id\":\"x\",\"name\":{\"zh\":\"甲\",\"en\":\"X\"}}]},"
	"{\"id\":\"l\",\"type\":\"texts\"," NAMES "true,\"min\":1,\"max\":3,\"max_chars\":3},"
	"{\"id\":\"r\",\"type\":\"rows\"," NAMES "false,\"max\":2,\"columns\":["
	"{\"id\":\"k\",\"type\":\"text\"," NAMES "true,\"max_chars\":3}]}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct form *form, const struct jr_value *content)
{
	struct buf errors = BUF_EMPTY;
	struct problem problem = { .fault = FAULT_NONE };
	struct jr_doc *told = NULL;
	enum fault fault = form_check(form, content, &errors, &problem);
	INVARIANT((fault == FAULT_NONE) == (errors.len == 0) || jr_type(content) != JR_OBJECT);
	if (errors.len > 0) {
		INVARIANT(jr_read(errors.data, errors.len, &told, NULL) == FAULT_NONE);
		const struct jr_value *list = jr_member(jr_root(told), "errors");
		INVARIANT(list && jr_count(list) >= 1 && problem.pointer[0] == '/');
	}
	jr_free(told);
	buf_clear(&errors);
}

/* A form that is read is written, and read again, the same. */
static void form_back(const char *json, size_t len)
{
	struct form *form, *again;
	struct buf one = BUF_EMPTY, two = BUF_EMPTY;
	if (form_read(json, len, &form, NULL) != FAULT_NONE)
		return;
	form_write(form, false, &one);
	INVARIANT(form_read(one.data, one.len, &again, NULL) == FAULT_NONE);
	form_write(again, false, &two);
	INVARIANT(strcmp(one.data, two.data) == 0);
	form_skeleton(form, &two);
	form_write(form, true, &two);
	form_free(form);
	form_free(again);
	buf_clear(&one);
	buf_clear(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct form *form;
	const char *json = (const char *)data;
	struct jr_doc *doc;
	struct checklist *checklist;
	if (!form)
		INVARIANT(form_read(text, strlen(text), &form, NULL) == FAULT_NONE);
	if (jr_read(json, size, &doc, NULL) != FAULT_NONE)
		return 0;
	check(form, jr_root(doc));
	jr_free(doc);
	form_back(json, size);
	if (checklist_read(json, size, &checklist, NULL) == FAULT_NONE)
		checklist_free(checklist);
	return 0;
}
