/*
 * Uploads on their way, after the resumable uploads of tus and of the HTTP working group, kept simple: POST makes one and says how
 * long it is and what it hashes to, PATCH appends at Upload-Offset, GET and HEAD tell the offset, DELETE gives it up.
 * Bytes go to disk and into the hash as they come, so that a broken connection loses nothing and the end of a large
 * file costs no second reading. What is whole is synced on the worker, gets its row from the writer, and is visible
 * from that commit on and not before.
 */
#include "http/api_material.h"

#include "jiebang/log.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AGE_EVERY_S     600
#define SPACE_EVERY     (8LL * 1024 * 1024) /* bytes received between two looks at the free space */
#define UPLOAD_ID_NOISE 10

/* ---- the list ---- */

void uploads_init(struct materials *materials)
{
	TAILQ_INIT(&materials->uploads);
}

static void upload_free(struct upload *upload)
{
	struct materials *materials = upload->materials;
	TAILQ_REMOVE(&materials->uploads, upload, entry);
	materials->n_uploads--;
	if (upload->fd >= 0)
		(void)close(upload->fd);
	digest_free(upload->digest);
	free(upload);
}

/* Worker: unlinking and closing a large file takes its time. */
static void run_finish(struct job *job)
{
	struct upload *upload = (struct upload *)(void *)job;
	if (upload->unwanted)
		material_unlink(upload->materials->dir, upload->file.sha256);
	material_partial_remove(upload->materials->dir, upload->partial);
	(void)close(upload->fd);
	upload->fd = -1;
}

static void finished(struct job *job)
{
	upload_free((struct upload *)(void *)job);
}

/* Takes away its name in partial/, and the final file as well if nothing came of it. */
static void finish(struct upload *upload)
{
	upload->phase = UPLOAD_SETTLING;
	upload->recorded = true; /* it takes no room any more */
	upload->unwanted = true; /* and is not among those that want the file */
	upload->unwanted = material_unwanted(upload->materials, upload->file.sha256);
	upload->job = (struct job){ .run = run_finish, .done = finished };
	worker_submit(upload->materials->worker, &upload->job);
}

void uploads_drop(struct materials *materials)
{
	struct upload *upload;
	while ((upload = TAILQ_FIRST(&materials->uploads)))
		finish(upload);
}

static void age_soon(struct materials *materials)
{
	int max_age_s = materials->options.upload_max_age_s;
	const struct timeval later = { .tv_sec =
					       max_age_s < AGE_EVERY_S ? max_age_s : AGE_EVERY_S };
	if (materials->n_uploads > 0 && !evtimer_pending(materials->age, NULL))
		(void)evtimer_add(materials->age, &later);
}

void uploads_age(struct materials *materials)
{
	struct upload *upload = TAILQ_FIRST(&materials->uploads);
	int64_t oldest_ms = clock_mono_ms() - 1000LL * materials->options.upload_max_age_s;
	while (upload) {
		struct upload *next = TAILQ_NEXT(upload, entry);
		if (upload->phase == UPLOAD_IDLE && upload->touched_ms < oldest_ms) {
			log_info("upload given up", "upload=%s offset=%" PRId64 " size=%" PRId64,
				 upload->id, upload->offset, upload->file.size_bytes);
			finish(upload);
		}
		upload = next;
	}
	age_soon(materials);
}

enum fault upload_new(struct materials *materials, const struct upload *wish, struct upload **out,
		      struct problem *problem)
{
	struct upload *upload = xcalloc(1, sizeof(*upload));
	uint8_t noise[UPLOAD_ID_NOISE];
	*upload = *wish;
	enum fault fault = material_partial_new(materials->dir, upload->file.sha256,
						upload->partial, &upload->fd, problem);
	if (fault != FAULT_NONE) {
		free(upload);
		return fault;
	}
	digest_random(noise, sizeof(noise));
	(void)text_copy(upload->id, sizeof(upload->id), "up_");
	digest_base32(noise, sizeof(noise), upload->id + 3);
	upload->materials = materials;
	upload->file.dir = materials->dir;
	upload->digest = digest_new();
	upload->touched_ms = clock_mono_ms();
	TAILQ_INSERT_TAIL(&materials->uploads, upload, entry);
	materials->n_uploads++;
	age_soon(materials);
	*out = upload;
	return FAULT_NONE;
}

static struct upload *find(struct call *call)
{
	struct upload *upload;
	const char *id = call->target.args.name;
	TAILQ_FOREACH(upload, &call->api->materials->uploads, entry)
	{
		if (!upload->recorded && strcmp(upload->id, id) == 0 &&
		    strcmp(upload->actor, call->actor) == 0)
			return upload;
	}
	return NULL;
}

static void write_upload(const struct upload *upload, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "id", upload->id);
	jw_kv_id(&jw, "obligation", WIRE_ID_OBLIGATION, upload->obligation_key);
	jw_kv_str(&jw, "item", upload->file.item);
	jw_kv_str(&jw, "name", upload->file.name);
	jw_kv_int(&jw, "size_bytes", upload->file.size_bytes);
	jw_kv_str(&jw, "sha256", upload->file.sha256);
	jw_kv_int(&jw, "offset", upload->offset);
	jw_key(&jw, "material");
	jw_null(&jw);
	jw_object_end(&jw);
}

void upload_reply(struct front_request *request, int status, const struct upload *upload)
{
	struct buf body = BUF_EMPTY;
	char offset[24], place[64];
	(void)snprintf(offset, sizeof(offset), "%" PRId64, upload->offset);
	(void)snprintf(place, sizeof(place), "/v1/uploads/%s", upload->id);
	const struct front_header_pair headers[] = { { "Upload-Offset", offset },
						     { "Cache-Control", "no-store" },
						     { "Location", place } };
	write_upload(upload, &body);
	front_reply(request, status, "application/json", headers, status == 201 ? 3 : 2, body.data,
		    body.len);
	buf_clear(&body);
}

static void reply_gone(struct front_request *request)
{
	struct problem problem = { .fault = FAULT_NONE };
	(void)problem_set(&problem, FAULT_NOT_FOUND,
			  "there is no such upload, or not any more; begin it anew");
	problem_reply(request, 0, &problem, NULL);
}

/* ---- telling, giving up ---- */

void api_upload_show(struct call *call)
{
	const struct upload *upload = find(call);
	if (upload)
		upload_reply(call->request, 200, upload);
	else
		reply_gone(call->request);
}

void api_upload_drop(struct call *call)
{
	struct upload *upload = find(call);
	if (!upload) {
		reply_gone(call->request);
	} else if (upload->phase != UPLOAD_IDLE) {
		problem_reply_text(call->request, 409, "another request is at work on this upload");
	} else {
		finish(upload);
		front_reply(call->request, 204, NULL, NULL, 0, NULL, 0);
	}
}

/* ---- receiving ---- */

static int sink_take(void *arg, const void *data, size_t len)
{
	struct upload *upload = arg;
	struct problem problem = { .fault = FAULT_NONE };
	enum fault fault = FAULT_NONE;
	bool look = upload->offset / SPACE_EVERY != (upload->offset + (int64_t)len) / SPACE_EVERY;
	if (look)
		fault = upload_check_space(upload->materials, 0, &problem);
	if (fault == FAULT_NONE)
		fault = material_partial_write(upload->fd, upload->offset, data, len, &problem);
	if (fault != FAULT_NONE) {
		log_warning("upload stopped", "upload=%s detail=\"%s\"", upload->id,
			    problem.detail);
		return fault_http_status(fault);
	}
	digest_add(upload->digest, data, len);
	upload->offset += (int64_t)len;
	upload->touched_ms = clock_mono_ms();
	return 0;
}

static void sink_ends(void *arg)
{
	struct upload *upload = arg;
	upload->phase = UPLOAD_IDLE;
	upload->touched_ms = clock_mono_ms();
}

static const struct front_sink sink = { sink_take, sink_ends, sink_ends };

static void refuse(struct front_plan *plan, int status, const char *detail)
{
	plan->refuse_status = status;
	(void)text_copy(plan->refuse_detail, sizeof(plan->refuse_detail), detail);
}

static bool media_good(const struct front_request *request)
{
	const char *type = front_header(request, "Content-Type");
	return type && (text_same_nocase(type, "application/offset+octet-stream") ||
			text_same_nocase(type, "application/partial-upload"));
}

/* Where the body must begin, told with every refusal that a peer can mend by it. */
static void refuse_offset(struct materials *materials, const struct upload *upload,
			  struct front_plan *plan)
{
	refuse(plan, 409, "Upload-Offset is not where the upload stands.");
	(void)snprintf(materials->offset_text, sizeof(materials->offset_text), "%" PRId64,
		       upload->offset);
	materials->offset_header =
		(struct front_header_pair){ "Upload-Offset", materials->offset_text };
	plan->refuse_header = &materials->offset_header;
}

void api_upload_plan(struct call *call, struct front_plan *plan)
{
	struct materials *materials = call->api->materials;
	struct problem problem = { .fault = FAULT_NONE };
	const char *header = front_header(call->request, "Upload-Offset");
	int64_t offset = -1;
	if (header)
		(void)text_parse_i64(header, 0, INT64_MAX, &offset);
	bool good = target_id(&call->target, call->route, &problem) == FAULT_NONE;
	struct upload *upload = good ? find(call) : NULL;
	if (!upload)
		refuse(plan, 404, "There is no such upload, or not any more; begin it anew.");
	else if (*front_query(call->request))
		refuse(plan, 400, "An upload takes no parameters.");
	else if (!media_good(call->request))
		refuse(plan, 415, "Content-Type must be application/offset+octet-stream.");
	else if (upload->phase != UPLOAD_IDLE)
		refuse(plan, 409, "Another request is at work on this upload.");
	else if (offset != upload->offset)
		refuse_offset(materials, upload, plan);
	else if (upload->offset < upload->file.size_bytes &&
		 upload_check_space(materials, 0, &problem) != FAULT_NONE)
		refuse(plan, fault_http_status(problem.fault), problem.detail);
	if (!upload || plan->refuse_status != 0)
		return;
	upload->phase = UPLOAD_RECEIVING;
	plan->body_max_bytes = upload->file.size_bytes - upload->offset;
	plan->sink = &sink;
	plan->sink_arg = upload;
}

/* ---- the end of it ---- */

/* Worker: nothing here touches what the loop looks at while an upload settles. */
static void run_settle(struct job *job)
{
	struct upload *upload = (struct upload *)(void *)job;
	char hex[DIGEST_HEX_BYTES];
	if (!upload->hashed)
		digest_finish(upload->digest, upload->sha256);
	upload->hashed = true;
	digest_hex(upload->sha256, DIGEST_BYTES, hex);
	if (strcmp(hex, upload->file.sha256) == 0) {
		upload->problem.fault = material_settle(upload->materials->dir, upload->partial,
							upload->fd, hex, &upload->problem);
		return;
	}
	(void)problem_set(&upload->problem, FAULT_UNPROCESSED,
			  "what came hashes to %s, not to what was announced; it was thrown away",
			  hex);
	(void)text_copy(upload->problem.pointer, sizeof(upload->problem.pointer), "/sha256");
}

static void reply_problem(struct upload *upload, const struct problem *problem)
{
	struct front_request *request = upload->request;
	upload->request = NULL;
	problem_reply(request, 0, problem, NULL);
}

static void added(struct verb *verb)
{
	struct upload *upload = verb->arg;
	struct front_request *request = upload->request;
	upload->materials->api->news++;
	if (verb->fault != FAULT_NONE) {
		reply_problem(upload, &verb->problem);
	} else {
		upload->request = NULL;
		upload->recorded = true;
		api_reply(request, verb->status, &verb->reply);
	}
	/* A disk that is full for now may have room again: the bytes are there, and an empty PATCH asks once more. */
	if (fault_is_passing(verb->fault))
		sink_ends(upload);
	else
		finish(upload);
	verb_free(verb);
}

static void settled(struct job *job)
{
	struct upload *upload = (struct upload *)(void *)job;
	enum fault fault = upload->problem.fault;
	if (fault == FAULT_NONE) {
		struct verb *verb = verb_new(&verb_material_add, added, upload);
		verb->key = upload->obligation_key;
		verb->input = &upload->file;
		(void)text_copy(verb->actor, sizeof(verb->actor), upload->actor);
		engine_submit(upload->materials->api->engine, verb);
		return;
	}
	reply_problem(upload, &upload->problem);
	upload->problem = (struct problem){ .fault = FAULT_NONE };
	if (fault_is_passing(fault))
		sink_ends(upload);
	else
		finish(upload);
}

void api_upload_append(struct call *call)
{
	struct upload *upload = find(call);
	if (!upload) {
		reply_gone(call->request);
		return;
	}
	if (upload->offset < upload->file.size_bytes) {
		upload_reply(call->request, 200, upload);
		return;
	}
	upload->phase = UPLOAD_SETTLING;
	upload->request = call->request;
	upload->job = (struct job){ .run = run_settle, .done = settled };
	worker_submit(upload->materials->worker, &upload->job);
}
