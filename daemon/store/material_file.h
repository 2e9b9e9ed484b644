/*
 * The bytes of materials: STATE_DIR/materials/ab/cdef…, each file named by its SHA-256 and never changed, and
 * STATE_DIR/materials/partial/, where uploads grow.
 *
 * What stands in partial/ is also the list of hashes whose final file may have no row: an upload is linked to its
 * final name and leaves partial/ only after its row is committed; a file that is to go gets a mark there before its
 * row says so. So a start after a crash looks at these few and at nothing else (material_sweep).
 */
#ifndef JIEBANG_STORE_MATERIAL_FILE_H
#define JIEBANG_STORE_MATERIAL_FILE_H

#include "jiebang/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct material_dir;

#define MATERIAL_SHA_BYTES     65
#define MATERIAL_PARTIAL_BYTES 96  /* a name in partial/ */
#define MATERIAL_PATH_BYTES    160 /* "materials/ab/cdef…" */

MUST_CHECK enum fault material_dir_open(const char *state_dir, struct material_dir **out,
					struct problem *problem);
void material_dir_close(struct material_dir *dir);
/* Where a file lies below the state directory, for people. */
void material_path(const char *sha256, char out[MATERIAL_PATH_BYTES]);
/* Bytes that an unprivileged writer can still use on that file system. */
MUST_CHECK enum fault material_free_bytes(const struct material_dir *dir, int64_t *bytes,
					  struct problem *problem);

/* An empty file in partial/, for reading and writing; `name` says which. */
MUST_CHECK enum fault material_partial_new(const struct material_dir *dir, const char *sha256,
					   char name[MATERIAL_PARTIAL_BYTES], int *fd,
					   struct problem *problem);
/* Writes all of it at that place. FAULT_FULL, FAULT_IO. */
MUST_CHECK enum fault material_partial_write(int fd, int64_t at, const void *data, size_t len,
					     struct problem *problem);
void material_partial_remove(const struct material_dir *dir, const char *name);
/*
 * Makes a whole upload durable under its final name: file synced, linked, folder synced, in this order. It replaces
 * a file that is there already: that one may have rotted, this one has just been hashed. Slow; any thread.
 */
MUST_CHECK enum fault material_settle(const struct material_dir *dir, const char *name, int fd,
				      const char *sha256, struct problem *problem);

/* A final file, for reading. FAULT_NOT_FOUND if it is not there. */
MUST_CHECK enum fault material_open(const struct material_dir *dir, const char *sha256, int *fd,
				    int64_t *size_bytes, struct problem *problem);
/* Puts the mark of a file that will be taken away, before its last row says so. */
MUST_CHECK enum fault material_mark(const struct material_dir *dir, const char *sha256,
				    char name[MATERIAL_PARTIAL_BYTES], struct problem *problem);
/* Takes the final file away; it may be gone already. */
void material_unlink(const struct material_dir *dir, const char *sha256);

/*
 * Empties partial/, and takes away each final file that is named there and that `wanted` (which says whether a row
 * needs it) does not want. *swept counts the entries. Before anything is uploaded.
 */
MUST_CHECK enum fault material_sweep(const struct material_dir *dir,
				     enum fault (*wanted)(void *arg, const char *sha256, bool *yes,
							  struct problem *problem),
				     void *arg, int64_t *swept, struct problem *problem);

#endif
