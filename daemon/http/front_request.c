/*
 * What a handler may ask of a request. Spans of the head are C strings by now (parser_head_terminate).
 */
#include "http/front_internal.h"
#include "jiebang/text.h"

static const char *text_of(const struct front_request *request, struct parser_span span)
{
	return request->conn->input + request->conn->head_at + span.at;
}

const char *front_method(const struct front_request *request)
{
	return text_of(request, request->head.method);
}

const char *front_path(const struct front_request *request)
{
	return request->head.path.len > 0 ? text_of(request, request->head.path) : "/";
}

const char *front_query(const struct front_request *request)
{
	return request->head.query.len > 0 ? text_of(request, request->head.query) : "";
}

const char *front_header(const struct front_request *request, const char *name)
{
	for (unsigned i = 0; i < request->head.n_fields; i++) {
		if (text_same_nocase(text_of(request, request->head.fields[i].name), name))
			return text_of(request, request->head.fields[i].value);
	}
	return NULL;
}

const char *front_body(const struct front_request *request, size_t *len)
{
	*len = request->body.len;
	return request->body.len > 0 ? request->body.data : NULL;
}

int front_body_fd(const struct front_request *request, int64_t *len)
{
	*len = request->spool_fd >= 0 ? request->framing.total : 0;
	return request->spool_fd;
}

bool front_peer_is_unix(const struct front_request *request)
{
	return request->conn->is_unix;
}

uid_t front_peer_uid(const struct front_request *request)
{
	return request->conn->uid;
}

const char *front_peer_address(const struct front_request *request)
{
	return request->conn->address_text;
}

void front_set_data(struct front_request *request, void *data)
{
	request->data = data;
}

void *front_data(const struct front_request *request)
{
	return request->data;
}
