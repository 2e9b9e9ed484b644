/*
 * Whether the files are still what they were: every one is read and hashed again, on the worker, a stretch at a time,
 * so that uploads that end meanwhile get their turn. The loop only asks for the next file's row and gathers what is
 * found; the writer has no part in it.
 */
#include "http/api_material.h"

#include "jiebang/log.h"
#include "jiebang/text.h"
#include "store/material.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES   (256 * 1024)
#define STRETCH_BYTES (32LL * 1024 * 1024) /* hashed by one job */
#define BAD_LISTED    1000

struct file_check {
	struct job job;
	struct materials *materials;
	struct front_request *request;
	struct material_file_row row;
	int fd;
	int64_t at;
	bool ended;
	struct digest *digest;
	const char *trouble; /* NULL: the file is what its row says */
	char found[DIGEST_HEX_BYTES];
	char *piece;
	int64_t files, bytes;
	int64_t n_bad;
	struct jw bad;
	struct buf bad_text;
};

static void check_free(struct file_check *check)
{
	if (check->fd >= 0)
		(void)close(check->fd);
	digest_free(check->digest);
	free(check->piece);
	buf_clear(&check->bad_text);
	check->materials->check = NULL;
	free(check);
}

/* ---- worker ---- */

static void open_file(struct file_check *check)
{
	int64_t size = 0;
	enum fault fault =
		material_open(check->materials->dir, check->row.sha256, &check->fd, &size, NULL);
	if (fault == FAULT_NOT_FOUND)
		check->trouble = "missing";
	else if (fault != FAULT_NONE)
		check->trouble = "unreadable";
	else if (size != check->row.size_bytes)
		check->trouble = "size";
}

/* False at the end of the file, or when it can't be read. */
static bool hash_piece(struct file_check *check)
{
	ssize_t got = pread(check->fd, check->piece, PIECE_BYTES, (off_t)check->at);
	if (got < 0 && errno == EINTR)
		return true;
	if (got < 0)
		check->trouble = "unreadable";
	if (got <= 0)
		return false;
	digest_add(check->digest, check->piece, (size_t)got);
	check->at += got;
	return true;
}

static void end_file(struct file_check *check)
{
	uint8_t sha256[DIGEST_BYTES];
	digest_finish(check->digest, sha256);
	check->found[0] = '\0';
	if (!check->trouble) {
		digest_hex(sha256, DIGEST_BYTES, check->found);
		if (strcmp(check->found, check->row.sha256) != 0)
			check->trouble = "content";
	}
	if (check->fd >= 0)
		(void)close(check->fd);
	check->fd = -1;
	check->ended = true;
}

static void run_check(struct job *job)
{
	struct file_check *check = (struct file_check *)(void *)job;
	int64_t until = check->at + STRETCH_BYTES;
	bool more = true;
	if (check->fd < 0)
		open_file(check);
	while (!check->trouble && more && check->at < until)
		more = hash_piece(check);
	if (check->trouble || !more)
		end_file(check);
}

/* ---- loop ---- */

static void reply_verdict(struct file_check *check)
{
	struct buf body = BUF_EMPTY;
	struct jw jw;
	jw_array_end(&check->bad);
	jw_init(&jw, &body);
	jw_object(&jw);
	jw_kv_bool(&jw, "ok", check->n_bad == 0);
	jw_kv_int(&jw, "files", check->files);
	jw_kv_int(&jw, "bytes", check->bytes);
	jw_kv_int(&jw, "bad_count", check->n_bad);
	jw_key(&jw, "bad");
	jw_raw(&jw, check->bad_text.data, check->bad_text.len);
	jw_object_end(&jw);
	api_reply(check->request, 200, &body);
	buf_clear(&body);
}

/* One that was removed while it was read is none of ours any more. */
static enum fault note_bad(struct file_check *check, struct problem *problem)
{
	struct store *reader = check->materials->api->reader;
	char path[MATERIAL_PATH_BYTES];
	struct buf owners = BUF_EMPTY;
	int64_t n = 0;
	enum fault fault = material_references(reader, check->row.sha256, 0, &n, problem);
	if (fault == FAULT_NONE && n > 0)
		fault = material_owners(reader, check->row.sha256, &owners, problem);
	if (fault != FAULT_NONE || n == 0) {
		buf_clear(&owners);
		return fault;
	}
	material_path(check->row.sha256, path);
	log_error("a material is damaged", "file=%s problem=%s found=%s", path, check->trouble,
		  check->found[0] ? check->found : "-");
	if (check->n_bad++ < BAD_LISTED) {
		struct jw *jw = &check->bad;
		jw_object(jw);
		jw_kv_str(jw, "file", path);
		jw_kv_str(jw, "problem", check->trouble);
		jw_kv_str(jw, "sha256", check->row.sha256);
		jw_kv_str(jw, "found", check->found[0] ? check->found : NULL);
		jw_key(jw, "materials");
		jw_raw(jw, owners.data, owners.len);
		jw_object_end(jw);
	}
	buf_clear(&owners);
	return FAULT_NONE;
}

/* Goes on with the next file, or answers and ends. */
static void check_next(struct file_check *check)
{
	struct problem problem = { .fault = FAULT_NONE };
	struct material_file_row next;
	bool found = false;
	enum fault fault = material_next_file(check->materials->api->reader, check->row.sha256,
					      &next, &found, &problem);
	if (fault == FAULT_NONE && found) {
		check->row = next;
		check->at = 0;
		check->ended = false;
		check->trouble = NULL;
		worker_submit(check->materials->worker, &check->job);
		return;
	}
	if (fault != FAULT_NONE)
		problem_reply(check->request, 0, &problem, NULL);
	else
		reply_verdict(check);
	check_free(check);
}

static void checked(struct job *job)
{
	struct file_check *check = (struct file_check *)(void *)job;
	struct problem problem = { .fault = FAULT_NONE };
	if (check->materials->stopping) {
		problem_reply_text(check->request, 503, "stopping");
		check_free(check);
		return;
	}
	if (!check->ended) {
		worker_submit(check->materials->worker, &check->job);
		return;
	}
	check->files++;
	check->bytes += check->at;
	if (check->trouble && note_bad(check, &problem) != FAULT_NONE) {
		problem_reply(check->request, 0, &problem, NULL);
		check_free(check);
		return;
	}
	check_next(check);
}

void api_material_verify(struct call *call)
{
	struct materials *materials = call->api->materials;
	if (materials->check || materials->stopping) {
		problem_reply_text(call->request, 503,
				   materials->stopping ? "stopping"
						       : "a check of the files is under way");
		return;
	}
	struct file_check *check = xcalloc(1, sizeof(*check));
	check->job = (struct job){ .run = run_check, .done = checked };
	check->materials = materials;
	check->request = call->request;
	check->fd = -1;
	check->digest = digest_new();
	check->piece = xmalloc(PIECE_BYTES);
	jw_init(&check->bad, &check->bad_text);
	jw_array(&check->bad);
	materials->check = check;
	check_next(check);
}
