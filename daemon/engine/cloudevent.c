/*
 * CloudEvents 1.0: the envelope is written around the `data` of the message by its first attempt, and frozen with
 * it. `id` is the webhook-id, and with it `source` + `id` is unique.
 */
#include "engine/cloudevent.h"

#include "jiebang/event_type.h"
#include "jiebang/fault.h"
#include "jiebang/json.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <inttypes.h>
#include <string.h>

#define DATA ",\"data\":"

/* {"type":…,"timestamp":…,"data":{…}}: neither of the two before it holds such text. */
static const char *data_of(const struct buf *body, size_t *len)
{
	const char *found = strstr(buf_str(body), DATA);
	INVARIANT(found && body->data[body->len - 1] == '}');
	found += strlen(DATA);
	*len = body->len - 1 - (size_t)(found - body->data);
	return found;
}

static void write_source(const struct instance *instance, struct jw *jw)
{
	struct buf source = BUF_EMPTY;
	buf_adds(&source, "urn:jiebang:");
	for (size_t i = 0; i < sizeof(instance->uid); i++)
		buf_addf(&source, "%02x", instance->uid[i]);
	jw_kv_str(jw, "source", buf_str(&source));
	buf_clear(&source);
}

/* What it is about, most of all: "un_7/ob_31"; of a digest or a report nothing in particular. */
static void write_subject(const struct message_context *context, struct jw *jw)
{
	char subject[2 * TEXT_ID_BYTES];
	if (!context->unit_key)
		return;
	text_id_write(subject, WIRE_ID_UNIT, context->unit_key);
	if (context->obligation_key) {
		size_t len = strlen(subject);
		subject[len] = '/';
		text_id_write(subject + len + 1, WIRE_ID_OBLIGATION, context->obligation_key);
	}
	jw_kv_str(jw, "subject", subject);
}

void cloudevent_wrap(const struct instance *instance, const struct message_context *context,
		     struct buf *body)
{
	struct buf out = BUF_EMPTY;
	char schema[EVENT_SCHEMA_BYTES];
	size_t len;
	const char *data = data_of(body, &len);
	struct jw jw;
	event_data_schema(context->type, schema);
	jw_init(&jw, &out);
	jw_object(&jw);
	jw_kv_str(&jw, "specversion", "1.0");
	jw_kv_str(&jw, "id", context->id);
	write_source(instance, &jw);
	jw_kv_str(&jw, "type", context->type);
	jw_kv_at(&jw, "time", context->created_at);
	write_subject(context, &jw);
	jw_kv_str(&jw, "datacontenttype", "application/json");
	jw_kv_str(&jw, "dataschema", schema);
	jw_key(&jw, "data");
	jw_raw(&jw, data, len);
	jw_object_end(&jw);
	buf_reset(body);
	buf_add(body, out.data, out.len);
	buf_clear(&out);
}
