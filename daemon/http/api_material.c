/*
 * Materials through the door: the folder and the worker behind them, the download, and what is left to do after a
 * removal. A file goes out only as an attachment that no browser is to guess at, under the name it was given
 * (RFC 6266), from the page cache (front_reply_file).
 */
#include "http/api_material.h"

#include "jiebang/log.h"
#include "jiebang/text.h"
#include "store/material.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- life ---- */

static void on_finished(evutil_socket_t fd, short what, void *arg)
{
	struct materials *materials = arg;
	(void)fd;
	(void)what;
	worker_collect(materials->worker);
}

static void on_age(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	uploads_age(arg);
}

static enum fault wanted(void *arg, const char *sha256, bool *yes, struct problem *problem)
{
	const struct api *api = arg;
	int64_t n = 0;
	enum fault fault = material_references(api->reader, sha256, 0, &n, problem);
	*yes = n > 0;
	return fault;
}

enum fault api_materials_open(struct api *api, const char *state_dir,
			      const struct api_material_options *options, struct problem *problem)
{
	struct material_dir *dir;
	int64_t swept = 0;
	enum fault fault = material_dir_open(state_dir, &dir, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = material_sweep(dir, wanted, api, &swept, problem);
	if (fault != FAULT_NONE) {
		material_dir_close(dir);
		return fault;
	}
	if (swept > 0)
		log_info("torn uploads swept", "entries=%" PRId64, swept);
	struct materials *materials = xcalloc(1, sizeof(*materials));
	materials->api = api;
	materials->dir = dir;
	materials->options = *options;
	materials->worker = worker_new();
	uploads_init(materials);
	materials->finished = event_new(api->base, worker_fd(materials->worker),
					EV_READ | EV_PERSIST, on_finished, materials);
	materials->age = evtimer_new(api->base, on_age, materials);
	if (!materials->finished || !materials->age || event_add(materials->finished, NULL) != 0)
		fatal(71, "out of memory");
	api->materials = materials;
	return FAULT_NONE;
}

void api_materials_stop(struct api *api)
{
	struct materials *materials = api ? api->materials : NULL;
	if (!materials)
		return;
	materials->stopping = true;
	worker_stop(materials->worker);
}

void api_materials_close(struct api *api)
{
	struct materials *materials = api->materials;
	if (!materials)
		return;
	api_materials_stop(api);
	uploads_drop(materials);
	event_free(materials->finished);
	event_free(materials->age);
	worker_free(materials->worker);
	material_dir_close(materials->dir);
	free(materials);
	api->materials = NULL;
}

bool material_unwanted(struct materials *materials, const char *sha256)
{
	const struct upload *upload;
	int64_t n = 0;
	TAILQ_FOREACH(upload, &materials->uploads, entry)
	{
		if (upload->phase == UPLOAD_SETTLING && !upload->unwanted &&
		    strcmp(upload->file.sha256, sha256) == 0)
			return false;
	}
	return material_references(materials->api->reader, sha256, 0, &n, NULL) == FAULT_NONE &&
	       n == 0;
}

/* ---- removal ---- */

enum fault check_material_removal(struct call *call, struct verb *verb, struct problem *problem)
{
	(void)problem;
	struct material_removal *removal = xcalloc(1, sizeof(*removal));
	removal->dir = call->api->materials->dir;
	verb->input = removal;
	return FAULT_NONE;
}

/* The file and its mark go on the worker: unlinking a large one takes its time. */
struct clearing {
	struct job job;
	struct material_removal removal;
	bool unwanted;
};

static void run_clearing(struct job *job)
{
	const struct clearing *clearing = (const struct clearing *)(const void *)job;
	if (clearing->unwanted)
		material_unlink(clearing->removal.dir, clearing->removal.sha256);
	material_partial_remove(clearing->removal.dir, clearing->removal.mark);
}

static void free_clearing(struct job *job)
{
	free(job);
}

void api_material_removed(struct api *api, struct verb *verb)
{
	struct material_removal *removal = verb->input;
	if (removal && removal->mark[0]) {
		struct clearing *clearing = xcalloc(1, sizeof(*clearing));
		clearing->job.run = run_clearing;
		clearing->job.done = free_clearing;
		clearing->removal = *removal;
		clearing->unwanted = material_unwanted(api->materials, removal->sha256);
		worker_submit(api->materials->worker, &clearing->job);
	}
	free(removal);
	verb->input = NULL;
}

/* ---- download ---- */

/*
 * RFC 6266, appendix D: a plain name for old readers, and the whole one in UTF-8 (RFC 8187). What the plain form
 * can't hold becomes an underscore.
 */
static void disposition(const char *name, struct buf *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789!#$&+-.^_`|~";
	buf_adds(out, "attachment; filename=\"");
	for (const char *c = name; *c; c++) {
		bool good = *c >= ' ' && *c <= '~' && *c != '"' && *c != '\\' && *c != '%';
		if (good)
			buf_addc(out, *c);
		else if (((unsigned char)*c & 0xc0) != 0x80)
			buf_addc(out, '_');
	}
	buf_adds(out, "\"; filename*=UTF-8''");
	for (const char *c = name; *c; c++)
		if (strchr(plain, *c))
			buf_addc(out, *c);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*c);
}

enum span { SPAN_WHOLE, SPAN_PART, SPAN_IMPOSSIBLE };

static bool number_at(const char **at, int64_t *out)
{
	char digits[20];
	size_t len = strspn(*at, "0123456789");
	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, *at, len);
	digits[len] = '\0';
	*at += len;
	return text_parse_i64(digits, 0, INT64_MAX, out);
}

/* One range, as RFC 9110 section 14.1.2 writes it. Several, or what is malformed, is answered with the whole. */
static enum span span_of(const char *range, int64_t size, struct front_file *file)
{
	int64_t first = 0, last = size - 1;
	const char *at = range && strncmp(range, "bytes=", 6) == 0 ? range + 6 : NULL;
	if (!at)
		return SPAN_WHOLE;
	bool has_first = number_at(&at, &first);
	if (*at++ != '-')
		return SPAN_WHOLE;
	bool has_last = number_at(&at, &last);
	if (*at != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first))
		return SPAN_WHOLE;
	if (!has_first) {
		first = last < size ? size - last : 0;
		if (last == 0)
			return SPAN_IMPOSSIBLE;
		last = size - 1;
	}
	if (first >= size)
		return SPAN_IMPOSSIBLE;
	file->at = first;
	file->length = (has_last && last < size ? last : size - 1) - first + 1;
	return SPAN_PART;
}

/* If-Range: a part of another file would be glued to what the peer has. */
static const char *range_asked(const struct front_request *request, const char *etag)
{
	const char *condition = front_header(request, "If-Range");
	if (condition && strcmp(condition, etag) != 0)
		return NULL;
	return front_header(request, "Range");
}

static void reply_impossible(struct front_request *request, int64_t size)
{
	struct problem problem = { .fault = FAULT_NONE };
	char value[48];
	(void)snprintf(value, sizeof(value), "bytes */%" PRId64, size);
	const struct front_header_pair header = { "Content-Range", value };
	(void)text_copy(problem.detail, sizeof(problem.detail), "the range is not in the file");
	problem_reply_with(request, 416, &problem, &header);
}

/* RFC 9110 section 13.1.2: who has it already is told so. True if that was the answer. */
static bool is_known(struct front_request *request, const char *etag)
{
	const char *have = front_header(request, "If-None-Match");
	const struct front_header_pair header = { "ETag", etag };
	if (!have || !api_etag_listed(have, etag, true))
		return false;
	front_reply(request, 304, NULL, &header, 1, NULL, 0);
	return true;
}

static void send_file(struct front_request *request, const struct material_row *row,
		      struct front_file file)
{
	struct buf name = BUF_EMPTY;
	char etag[MATERIAL_SHA_BYTES + 2], part[80];
	int64_t size = file.length;
	(void)snprintf(etag, sizeof(etag), "\"%.64s\"", row->sha256);
	if (is_known(request, etag)) {
		(void)close(file.fd);
		return;
	}
	enum span span = span_of(range_asked(request, etag), size, &file);
	if (span == SPAN_IMPOSSIBLE) {
		(void)close(file.fd);
		reply_impossible(request, size);
		return;
	}
	disposition(row->name, &name);
	(void)snprintf(part, sizeof(part), "bytes %" PRId64 "-%" PRId64 "/%" PRId64, file.at,
		       file.at + file.length - 1, size);
	const struct front_header_pair headers[] = {
		{ "Content-Disposition", buf_str(&name) },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy", "sandbox; default-src 'none'" },
		{ "Cache-Control", "private, no-cache" },
		{ "Accept-Ranges", "bytes" },
		{ "ETag", etag },
		{ "Content-Range", part },
	};
	size_t n = sizeof(headers) / sizeof(headers[0]) - (span == SPAN_PART ? 0 : 1);
	front_reply_file(request, span == SPAN_PART ? 206 : 200, "application/octet-stream",
			 headers, n, &file);
	buf_clear(&name);
}

void api_material_content(struct call *call)
{
	struct api *api = call->api;
	struct problem problem = { .fault = FAULT_NONE };
	struct material_row row;
	struct front_file file = { .fd = -1 };
	enum fault fault = material_get(api->reader, call->target.args.key, &row, &problem);
	if (fault == FAULT_NONE && row.removed)
		fault = problem_set(&problem, FAULT_NOT_FOUND, "ma_%lld was removed",
				    (long long)row.key);
	if (fault == FAULT_NONE) {
		fault = material_open(api->materials->dir, row.sha256, &file.fd, &file.length,
				      &problem);
		/* The row says that it is there. */
		if (fault == FAULT_NOT_FOUND)
			fault = problem_set(&problem, FAULT_CORRUPT,
					    "the file of ma_%lld is missing", (long long)row.key);
	}
	if (fault == FAULT_NONE && file.length != row.size_bytes) {
		(void)close(file.fd);
		fault = problem_set(&problem, FAULT_CORRUPT,
				    "the file of ma_%lld has %" PRId64 " bytes instead of %" PRId64,
				    (long long)row.key, file.length, row.size_bytes);
	}
	if (fault != FAULT_NONE)
		problem_reply(call->request, 0, &problem, NULL);
	else
		send_file(call->request, &row, file);
}
