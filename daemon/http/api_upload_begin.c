/*
 * The beginning of an upload: what is announced is judged by the obligation's checklist, the programme's quota and the
 * disk, before a byte of it has come. The low-space brake is here: an upload is refused while reports still have room.
 */
#include "http/api_material.h"

#include "engine/paper.h"
#include "jiebang/checklist.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/material.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- what fits ---- */

/* Space that is promised to others, and their share of a programme's quota. */
static void in_flight(const struct materials *materials, int64_t programme_key,
		      int64_t *pending_bytes, int64_t *quota_bytes)
{
	const struct upload *upload;
	*pending_bytes = *quota_bytes = 0;
	TAILQ_FOREACH(upload, &materials->uploads, entry)
	{
		*pending_bytes += upload->recorded ? 0 : upload->file.size_bytes - upload->offset;
		if (upload->programme_key == programme_key && !upload->recorded)
			*quota_bytes += upload->file.size_bytes;
	}
}

enum fault upload_check_space(struct materials *materials, int64_t more_bytes,
			      struct problem *problem)
{
	int64_t pending, quota, free_bytes = 0;
	int64_t floor_bytes = materials->options.min_free_bytes;
	enum fault fault = material_free_bytes(materials->dir, &free_bytes, problem);
	if (fault != FAULT_NONE)
		return fault;
	in_flight(materials, 0, &pending, &quota);
	if (free_bytes - pending - more_bytes >= floor_bytes)
		return FAULT_NONE;
	(void)problem_set(problem, FAULT_FULL,
			  "the disk has %" PRId64 " bytes free and %" PRId64
			  " are promised; with this upload fewer than materials.min_free, %" PRId64
			  ", would be left",
			  free_bytes, pending, floor_bytes);
	if (problem) {
		(void)text_copy(problem->rule, sizeof(problem->rule), "min_free");
		(void)text_copy(problem->hint, sizeof(problem->hint),
				"make room on the disk; reports are still taken");
	}
	return FAULT_FULL;
}

static const struct programme *programme_of(const struct api *api, const char *id)
{
	for (size_t i = 0; api->programmes && i < api->programmes->n; i++)
		if (strcmp(api->programmes->items[i]->id, id) == 0)
			return api->programmes->items[i];
	return NULL;
}

static enum fault check_room(struct api *api, const struct upload *upload, struct problem *problem)
{
	struct buf id = BUF_EMPTY;
	int64_t used = 0, pending, quota;
	enum fault fault = material_usage(api->reader, upload->programme_key, &used, &id, problem);
	const struct programme *programme = programme_of(api, buf_str(&id));
	in_flight(api->materials, upload->programme_key, &pending, &quota);
	if (fault == FAULT_NONE && programme)
		fault = check_quota(programme, used + quota, upload->file.size_bytes, problem);
	if (fault == FAULT_NONE)
		fault = upload_check_space(api->materials, upload->file.size_bytes, problem);
	if (fault == FAULT_NONE && api->materials->n_uploads >= api->materials->options.uploads_max)
		fault = problem_set(problem, FAULT_BUSY,
				    "%u uploads are under way, as many as materials.uploads_max "
				    "allows",
				    api->materials->n_uploads);
	buf_clear(&id);
	return fault;
}

/* ---- beginning ---- */

static enum fault wrong(struct problem *problem, const char *pointer, const char *want)
{
	(void)problem_set(problem, FAULT_UNPROCESSED, "%s must be %s", pointer + 1, want);
	(void)text_copy(problem->pointer, sizeof(problem->pointer), pointer);
	return FAULT_UNPROCESSED;
}

static bool take(const struct jr_value *root, const char *key, char *out, size_t size)
{
	const char *text = jr_string(jr_member(root, key));
	return text && text[0] && text_copy(out, size, text);
}

/* A name is for people and for a header: one line, no path. */
static bool name_good(const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '/' || *c == '\\')
			return false;
	return true;
}

static bool sha_good(const char *sha256)
{
	return strlen(sha256) == MATERIAL_SHA_BYTES - 1 &&
	       strspn(sha256, "0123456789abcdef") == MATERIAL_SHA_BYTES - 1;
}

static enum fault check_members(const struct jr_value *root, struct problem *problem)
{
	static const char *const known[] = {
		"item", "name", "size_bytes", "sha256", "author", NULL
	};
	const char *key;
	for (size_t i = 0; jr_member_at(root, i, &key); i++) {
		size_t k = 0;
		while (known[k] && strcmp(known[k], key) != 0)
			k++;
		if (known[k])
			continue;
		const char *near = text_suggest(key, known);
		(void)problem_set(problem, FAULT_UNPROCESSED, "unknown member \"%.40s\"%s%s%s", key,
				  near ? "; did you mean \"" : "", near ? near : "",
				  near ? "\"?" : "");
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/%.100s", key);
		return FAULT_UNPROCESSED;
	}
	return FAULT_NONE;
}

static enum fault read_wish(const struct jr_value *root, struct material_input *file,
			    struct problem *problem)
{
	const struct jr_value *author = jr_member(root, "author");
	enum fault fault = check_members(root, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!take(root, "item", file->item, sizeof(file->item)))
		return wrong(problem, "/item", "an item of the checklist");
	if (!take(root, "name", file->name, sizeof(file->name)) || !name_good(file->name))
		return wrong(problem, "/name",
			     "a file's name of at most 255 bytes, without folders");
	if (!take(root, "sha256", file->sha256, sizeof(file->sha256)) || !sha_good(file->sha256))
		return wrong(problem, "/sha256", "64 lower-case hex digits");
	if (!jr_integer(jr_member(root, "size_bytes"), &file->size_bytes) || file->size_bytes < 1)
		return wrong(problem, "/size_bytes", "a number of bytes, at least 1");
	if (author && (!jr_string(author) ||
		       !text_copy(file->author, sizeof(file->author), jr_string(author))))
		return wrong(problem, "/author", "a text of at most 255 bytes");
	return FAULT_NONE;
}

static enum fault judge(struct api *api, struct upload *upload, int64_t *existing,
			struct problem *problem)
{
	struct obligation_row row;
	struct buf form = BUF_EMPTY, text = BUF_EMPTY;
	struct checklist *checklist = NULL;
	struct material_wish wish = { upload->file.item, upload->file.name,
				      upload->file.size_bytes };
	enum fault fault = obligation_get(api->reader, upload->obligation_key, &row, problem);
	if (fault == FAULT_NONE)
		fault = rule_form(api->reader, row.rule_key, &form, &text, problem);
	if (fault == FAULT_NONE && text.len > 0)
		fault = checklist_read(text.data, text.len, &checklist, problem);
	if (fault == FAULT_NONE)
		fault = material_find(api->reader, row.key, wish.item, upload->file.sha256,
				      existing, problem);
	if (fault == FAULT_NONE && *existing == 0)
		fault = check_material(checklist, &row, &wish, problem);
	if (fault == FAULT_NONE) {
		upload->programme_key = row.programme_key;
		if (*existing == 0)
			fault = check_room(api, upload, problem);
	}
	checklist_free(checklist);
	buf_clear(&form);
	buf_clear(&text);
	return fault;
}

/* The same file for the same item by the same actor, begun before: it goes on where it stopped. */
static struct upload *begun_before(struct materials *materials, const struct upload *wish)
{
	struct upload *upload;
	TAILQ_FOREACH(upload, &materials->uploads, entry)
	{
		if (upload->obligation_key == wish->obligation_key &&
		    upload->phase != UPLOAD_SETTLING &&
		    upload->file.size_bytes == wish->file.size_bytes &&
		    strcmp(upload->file.item, wish->file.item) == 0 &&
		    strcmp(upload->file.name, wish->file.name) == 0 &&
		    strcmp(upload->file.sha256, wish->file.sha256) == 0 &&
		    strcmp(upload->actor, wish->actor) == 0)
			return upload;
	}
	return NULL;
}

/* It is there already: nothing is to be sent. */
static void reply_existing(struct call *call, const struct upload *wish, int64_t key)
{
	struct buf material = BUF_EMPTY, body = BUF_EMPTY;
	struct problem problem = { .fault = FAULT_NONE };
	struct read_args args = { .limit = 1, .key = key };
	struct jw jw;
	if (api_read_args(call->api, &args, false, &problem) != FAULT_NONE ||
	    read_run(call->api->reader, read_material, &args, &material, &problem) != FAULT_NONE) {
		problem_reply(call->request, 0, &problem, NULL);
		buf_clear(&material);
		return;
	}
	jw_init(&jw, &body);
	jw_object(&jw);
	jw_key(&jw, "id");
	jw_null(&jw);
	jw_kv_id(&jw, "obligation", WIRE_ID_OBLIGATION, wish->obligation_key);
	jw_kv_int(&jw, "offset", wish->file.size_bytes);
	jw_key(&jw, "material");
	jw_raw(&jw, material.data, material.len);
	jw_object_end(&jw);
	api_reply(call->request, 200, &body);
	buf_clear(&material);
	buf_clear(&body);
}

static enum fault read_begin(struct call *call, struct upload *wish, struct problem *problem)
{
	struct jr_doc *doc = NULL;
	enum fault fault = api_body_json(call->request, true, &doc, problem);
	if (fault == FAULT_NONE)
		fault = read_wish(jr_root(doc), &wish->file, problem);
	jr_free(doc);
	wish->obligation_key = call->target.args.key;
	(void)text_copy(wish->actor, sizeof(wish->actor), call->actor);
	return fault;
}

void api_upload_begin(struct call *call)
{
	struct problem problem = { .fault = FAULT_NONE };
	struct upload wish = { .fd = -1 }, *upload = NULL;
	int64_t existing = 0;
	int status = api_media_type(call, &problem);
	enum fault fault = FAULT_NONE;
	if (status == 0) {
		fault = read_begin(call, &wish, &problem);
		upload = fault == FAULT_NONE ? begun_before(call->api->materials, &wish) : NULL;
	}
	if (upload) {
		upload_reply(call->request, 200, upload);
		return;
	}
	if (status == 0 && fault == FAULT_NONE)
		fault = judge(call->api, &wish, &existing, &problem);
	if (status == 0 && fault == FAULT_NONE && existing == 0)
		fault = upload_new(call->api->materials, &wish, &upload, &problem);
	if (status != 0 || fault != FAULT_NONE)
		problem_reply(call->request, status, &problem, NULL);
	else if (existing)
		reply_existing(call, &wish, existing);
	else
		upload_reply(call->request, 201, upload);
}
