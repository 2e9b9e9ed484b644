/*
 * What the files about materials share: api_material.c (life, download, removal), api_upload.c (uploads) and
 * api_material_verify.c (the check). Loop thread only; what is slow goes to the worker.
 */
#ifndef JIEBANG_API_MATERIAL_H
#define JIEBANG_API_MATERIAL_H

#include "engine/verb_material.h"
#include "engine/worker.h"
#include "http/api_inside.h"

#define UPLOAD_ID_BYTES 32

enum upload_phase {
	UPLOAD_IDLE,      /* waits for the next piece */
	UPLOAD_RECEIVING, /* a request is writing it */
	UPLOAD_SETTLING, /* whole: being synced, put in its place, given its row, and its traces taken away */
};

/*
 * A file on its way in. It is known to this process and to nobody else: a restart forgets it, and sweeps its bytes.
 * Its actor may go on with it from another connection.
 */
struct upload {
	struct job job;
	TAILQ_ENTRY(upload) entry;
	struct materials *materials;
	enum upload_phase phase;
	char id[UPLOAD_ID_BYTES];
	char actor[96];
	int64_t obligation_key;
	int64_t programme_key;
	struct material_input file;
	char partial[MATERIAL_PARTIAL_BYTES];
	int fd;
	int64_t offset; /* bytes that are written and hashed */
	struct digest *digest;
	bool hashed; /* sha256 is final, the digest has started over */
	uint8_t sha256[DIGEST_BYTES];
	int64_t touched_ms;
	struct front_request *request; /* while settling: who waits for the end of it */
	struct problem problem;        /* of the job */
	bool recorded; /* its row is committed, or it was given up: it takes no room here */
	bool unwanted; /* its final file has no row and goes as well */
};

struct file_check;

struct materials {
	struct api *api;
	struct material_dir *dir;
	struct worker *worker;
	struct event *finished; /* the worker's news */
	struct event *age;      /* armed while there are uploads */
	struct api_material_options options;
	TAILQ_HEAD(upload_list, upload) uploads;
	unsigned n_uploads;
	struct file_check *check; /* NULL: none is under way */
	bool stopping;
	char offset_text[24];                   /* of the last refusal */
	struct front_header_pair offset_header; /* Upload-Offset, of the same */
};

/* Whether the final file with this hash has neither a row nor an upload that is about to give it one. */
bool material_unwanted(struct materials *materials, const char *sha256);

/* api_upload.c */
void uploads_init(struct materials *materials);
/* Forgets those that wait, and their bytes. */
void uploads_drop(struct materials *materials);
void uploads_age(struct materials *materials);
/* Begins one like `wish`, whose bytes are none yet. */
MUST_CHECK enum fault upload_new(struct materials *materials, const struct upload *wish,
				 struct upload **out, struct problem *problem);
/* Answers with it, and its offset. */
void upload_reply(struct front_request *request, int status, const struct upload *upload);

/* api_upload_begin.c */
/* FAULT_FULL if less than materials.min_free would be left after what is under way, and `more_bytes` beside it. */
MUST_CHECK enum fault upload_check_space(struct materials *materials, int64_t more_bytes,
					 struct problem *problem);

#endif
