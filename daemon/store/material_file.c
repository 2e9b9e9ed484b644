/*
 * Files named by what is in them. All paths are relative to two open folders, so that nothing depends on the working
 * directory, and no name of a user's ever becomes a path.
 */
#include "store/material_file.h"

#include "jiebang/digest.h"
#include "jiebang/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define RANDOM_BYTES 8

struct material_dir {
	int fd;      /* materials/ */
	int partial; /* materials/partial/ */
};

static enum fault failed(struct problem *problem, const char *what)
{
	bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
	return problem_set(problem, full ? FAULT_FULL : FAULT_IO, "%s: %s", what, strerror(errno));
}

static int open_folder(int at, const char *name)
{
	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

enum fault material_dir_open(const char *state_dir, struct material_dir **out,
			     struct problem *problem)
{
	struct material_dir *dir = xcalloc(1, sizeof(*dir));
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir->fd = state >= 0 ? open_folder(state, "materials") : -1;
	dir->partial = dir->fd >= 0 ? open_folder(dir->fd, "partial") : -1;
	/* The folders themselves must be there after a power cut. */
	bool good = dir->partial >= 0 && fsync(dir->fd) == 0 && fsync(state) == 0;
	enum fault fault = good ? FAULT_NONE : failed(problem, "the folder of materials");
	if (state >= 0)
		(void)close(state);
	if (good)
		*out = dir;
	else
		material_dir_close(dir);
	return fault;
}

void material_dir_close(struct material_dir *dir)
{
	if (!dir)
		return;
	if (dir->fd >= 0)
		(void)close(dir->fd);
	if (dir->partial >= 0)
		(void)close(dir->partial);
	free(dir);
}

/* "ab/cdef…" */
static void final_name(const char *sha256, char out[MATERIAL_SHA_BYTES + 1])
{
	(void)snprintf(out, MATERIAL_SHA_BYTES + 1, "%.2s/%.62s", sha256, sha256 + 2);
}

void material_path(const char *sha256, char out[MATERIAL_PATH_BYTES])
{
	(void)snprintf(out, MATERIAL_PATH_BYTES, "materials/%.2s/%.62s", sha256, sha256 + 2);
}

enum fault material_free_bytes(const struct material_dir *dir, int64_t *bytes,
			       struct problem *problem)
{
	struct statvfs fs;
	if (fstatvfs(dir->fd, &fs) != 0)
		return failed(problem, "the free space can't be asked for");
	*bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	return FAULT_NONE;
}

/* ---- growing ---- */

/* "SHA256.RANDOM": the hash tells a sweep what to look at. */
static void partial_name(const char *sha256, char out[MATERIAL_PARTIAL_BYTES])
{
	uint8_t random[RANDOM_BYTES];
	char suffix[2 * RANDOM_BYTES + 1];
	digest_random(random, sizeof(random));
	digest_hex(random, sizeof(random), suffix);
	(void)snprintf(out, MATERIAL_PARTIAL_BYTES, "%.64s.%s", sha256, suffix);
}

enum fault material_partial_new(const struct material_dir *dir, const char *sha256,
				char name[MATERIAL_PARTIAL_BYTES], int *fd, struct problem *problem)
{
	partial_name(sha256, name);
	*fd = openat(dir->partial, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *fd >= 0 ? FAULT_NONE : failed(problem, "an upload can't be begun");
}

enum fault material_partial_write(int fd, int64_t at, const void *data, size_t len,
				  struct problem *problem)
{
	const char *from = data;
	while (len > 0) {
		ssize_t put = pwrite(fd, from, len, (off_t)at);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return failed(problem, "the upload can't be written");
		from += put;
		at += put;
		len -= (size_t)put;
	}
	return FAULT_NONE;
}

void material_partial_remove(const struct material_dir *dir, const char *name)
{
	(void)unlinkat(dir->partial, name, 0);
}

/* ---- settling ---- */

/* Links partial/name to its final place; one that is there already is replaced in one step. */
static enum fault put_in_place(const struct material_dir *dir, const char *name, const char *final,
			       const char *sha256, struct problem *problem)
{
	char twin[MATERIAL_PARTIAL_BYTES];
	if (linkat(dir->partial, name, dir->fd, final, 0) == 0)
		return FAULT_NONE;
	if (errno != EEXIST)
		return failed(problem, "the upload can't be put in its place");
	partial_name(sha256, twin);
	if (linkat(dir->partial, name, dir->partial, twin, 0) != 0)
		return failed(problem, "the upload can't be put in its place");
	if (renameat(dir->partial, twin, dir->fd, final) != 0) {
		enum fault fault = failed(problem, "the upload can't be put in its place");
		material_partial_remove(dir, twin);
		return fault;
	}
	/* Renaming one link of a file over another does nothing, and leaves both. */
	material_partial_remove(dir, twin);
	return FAULT_NONE;
}

enum fault material_settle(const struct material_dir *dir, const char *name, int fd,
			   const char *sha256, struct problem *problem)
{
	char final[MATERIAL_SHA_BYTES + 1];
	char folder_name[3] = { sha256[0], sha256[1], '\0' };
	final_name(sha256, final);
	/* The name in partial/ must outlive a power cut that the final one outlives, or nobody would look at that. */
	if (fsync(fd) != 0 || fsync(dir->partial) != 0)
		return failed(problem, "the upload can't be synced");
	int folder = open_folder(dir->fd, folder_name);
	if (folder < 0)
		return failed(problem, "the folder of the upload");
	enum fault fault = put_in_place(dir, name, final, sha256, problem);
	if (fault == FAULT_NONE && (fsync(folder) != 0 || fsync(dir->fd) != 0))
		fault = failed(problem, "the folder of the upload can't be synced");
	(void)close(folder);
	return fault;
}

/* ---- settled ---- */

enum fault material_open(const struct material_dir *dir, const char *sha256, int *fd,
			 int64_t *size_bytes, struct problem *problem)
{
	char final[MATERIAL_SHA_BYTES + 1], path[MATERIAL_PATH_BYTES];
	struct stat status;
	final_name(sha256, final);
	material_path(sha256, path);
	*fd = openat(dir->fd, final, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0 && errno == ENOENT)
		return problem_set(problem, FAULT_NOT_FOUND, "%s is missing", path);
	if (*fd < 0 || fstat(*fd, &status) != 0) {
		enum fault fault = failed(problem, path);
		if (*fd >= 0)
			(void)close(*fd);
		return fault;
	}
	*size_bytes = status.st_size;
	return FAULT_NONE;
}

enum fault material_mark(const struct material_dir *dir, const char *sha256,
			 char name[MATERIAL_PARTIAL_BYTES], struct problem *problem)
{
	int fd;
	enum fault fault = material_partial_new(dir, sha256, name, &fd, problem);
	if (fault != FAULT_NONE)
		return fault;
	(void)close(fd);
	return fsync(dir->partial) == 0 ? FAULT_NONE
					: failed(problem, "materials/partial can't be synced");
}

void material_unlink(const struct material_dir *dir, const char *sha256)
{
	char final[MATERIAL_SHA_BYTES + 1];
	final_name(sha256, final);
	(void)unlinkat(dir->fd, final, 0);
}

/* ---- after a crash ---- */

struct sweep {
	const struct material_dir *dir;
	enum fault (*wanted)(void *arg, const char *sha256, bool *yes, struct problem *problem);
	void *arg;
};

static enum fault sweep_one(const struct sweep *sweep, const char *name, struct problem *problem)
{
	char sha256[MATERIAL_SHA_BYTES];
	bool wanted = true;
	enum fault fault = FAULT_NONE;
	(void)text_copy_n(sha256, sizeof(sha256), name, strcspn(name, "."));
	if (strlen(sha256) == MATERIAL_SHA_BYTES - 1)
		fault = sweep->wanted(sweep->arg, sha256, &wanted, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!wanted)
		material_unlink(sweep->dir, sha256);
	material_partial_remove(sweep->dir, name);
	return FAULT_NONE;
}

enum fault material_sweep(const struct material_dir *dir,
			  enum fault (*wanted)(void *arg, const char *sha256, bool *yes,
					       struct problem *problem),
			  void *arg, int64_t *swept, struct problem *problem)
{
	struct sweep sweep = { dir, wanted, arg };
	int fd = openat(dir->partial, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	enum fault fault = FAULT_NONE;
	*swept = 0;
	if (!stream) {
		fault = failed(problem, "materials/partial");
		if (fd >= 0)
			(void)close(fd);
		return fault;
	}
	while (fault == FAULT_NONE && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		fault = sweep_one(&sweep, entry->d_name, problem);
		++*swept;
	}
	(void)closedir(stream);
	return fault;
}
