/*
 * Files named by what is in them: put in place, replaced, swept. Each test has a state directory of its own.
 */
#include "store/material_file.h"

#include "jiebang/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[] = "/tmp/jb-material-XXXXXX";
static struct material_dir *dir;
static struct problem problem;

static int setup(void **state)
{
	(void)state;
	(void)snprintf(root + strlen(root) - 6, 7, "XXXXXX");
	assert_non_null(mkdtemp(root));
	assert_int_equal(material_dir_open(root, &dir, &problem), FAULT_NONE);
	return 0;
}

static int teardown(void **state)
{
	char command[] = "-rf";
	char *const argv[] = { (char[]){ "rm" }, command, root, NULL };
	(void)state;
	material_dir_close(dir);
	pid_t pid = fork();
	if (pid == 0) {
		execv("/bin/rm", argv);
		_exit(1);
	}
	return pid > 0 ? 0 : 1;
}

/* Names in a folder below the root, but for . and .. */
static unsigned count(const char *folder)
{
	char path[256];
	unsigned n = 0;
	(void)snprintf(path, sizeof(path), "%s/%s", root, folder);
	DIR *stream = opendir(path);
	if (!stream)
		return 0;
	while (readdir(stream))
		n++;
	(void)closedir(stream);
	return n - 2;
}

static void hash(const char *text, char sha256[MATERIAL_SHA_BYTES])
{
	uint8_t digest[DIGEST_BYTES];
	digest_sha256(text, strlen(text), digest);
	digest_hex(digest, sizeof(digest), sha256);
}

/* A whole upload of `content` under the hash of `named`, settled; its name in partial/ is left. */
static void put(const char *content, const char *named, char name[MATERIAL_PARTIAL_BYTES])
{
	char sha256[MATERIAL_SHA_BYTES];
	int fd;
	hash(named, sha256);
	assert_int_equal(material_partial_new(dir, sha256, name, &fd, &problem), FAULT_NONE);
	assert_int_equal(material_partial_write(fd, 0, content, strlen(content), &problem),
			 FAULT_NONE);
	assert_int_equal(material_settle(dir, name, fd, sha256, &problem), FAULT_NONE);
	(void)close(fd);
}

static void expect(const char *named, const char *content)
{
	char sha256[MATERIAL_SHA_BYTES], got[64] = "";
	int64_t size;
	int fd;
	hash(named, sha256);
	if (!content) {
		assert_int_equal(material_open(dir, sha256, &fd, &size, &problem), FAULT_NOT_FOUND);
		return;
	}
	assert_int_equal(material_open(dir, sha256, &fd, &size, &problem), FAULT_NONE);
	assert_int_equal(size, strlen(content));
	assert_int_equal(read(fd, got, sizeof(got) - 1), size);
	assert_string_equal(got, content);
	(void)close(fd);
}

static void a_file_is_put_in_its_place(void **state)
{
	char name[MATERIAL_PARTIAL_BYTES], path[MATERIAL_PATH_BYTES], sha256[MATERIAL_SHA_BYTES];
	(void)state;
	expect("abc", NULL);
	put("abc", "abc", name);
	expect("abc", "abc");
	hash("abc", sha256);
	material_path(sha256, path);
	assert_string_equal(path, "materials/ba/"
				  "7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(count("materials/ba"), 1);
	/* The name in partial/ stays until its row is committed, and goes without the file. */
	assert_int_equal(count("materials/partial"), 1);
	material_partial_remove(dir, name);
	assert_int_equal(count("materials/partial"), 0);
	expect("abc", "abc");
	material_unlink(dir, sha256);
	material_unlink(dir, sha256);
	expect("abc", NULL);
}

/* What is there already may have rotted; what comes has just been hashed. */
static void a_file_that_is_there_is_replaced(void **state)
{
	char first[MATERIAL_PARTIAL_BYTES], second[MATERIAL_PARTIAL_BYTES];
	(void)state;
	put("rotten", "abc", first);
	put("abc", "abc", second);
	expect("abc", "abc");
	assert_string_not_equal(first, second);
	assert_int_equal(count("materials/partial"), 2);
	assert_int_equal(count("materials/ba"), 1);
	/* The same inode over itself, as a second try of the same upload makes it. */
	char sha256[MATERIAL_SHA_BYTES], path[256];
	hash("abc", sha256);
	(void)snprintf(path, sizeof(path), "%s/materials/partial/%s", root, second);
	int fd = open(path, O_RDWR);
	assert_int_equal(material_settle(dir, second, fd, sha256, &problem), FAULT_NONE);
	(void)close(fd);
	expect("abc", "abc");
	assert_int_equal(count("materials/partial"), 2);
}

static enum fault only_kept(void *arg, const char *sha256, bool *yes, struct problem *why)
{
	(void)why;
	*yes = strcmp(sha256, arg) == 0;
	return FAULT_NONE;
}

static enum fault broken(void *arg, const char *sha256, bool *yes, struct problem *why)
{
	(void)arg;
	(void)sha256;
	(void)yes;
	return problem_set(why, FAULT_IO, "no answer");
}

static void a_sweep_leaves_what_has_a_row(void **state)
{
	char name[MATERIAL_PARTIAL_BYTES], kept[MATERIAL_SHA_BYTES], path[256];
	int64_t swept;
	(void)state;
	put("kept", "kept", name);
	put("lost", "lost", name);
	put("old", "old", name);
	material_partial_remove(dir,
				name); /* has a row for long: nothing in partial/ speaks of it */
	hash("kept", kept);
	assert_int_equal(material_mark(dir, kept, name, &problem), FAULT_NONE);
	(void)snprintf(path, sizeof(path), "%s/materials/partial/stray", root);
	(void)close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(count("materials/partial"), 4);

	/* Who can't be asked takes nothing away. */
	assert_int_equal(material_sweep(dir, broken, NULL, &swept, &problem), FAULT_IO);
	expect("lost", "lost");

	assert_int_equal(material_sweep(dir, only_kept, kept, &swept, &problem), FAULT_NONE);
	assert_true(swept >= 3); /* the stray one may have gone before the broken answer */
	assert_int_equal(count("materials/partial"), 0);
	expect("kept", "kept");
	expect("old", "old");
	expect("lost", NULL);
	assert_int_equal(material_sweep(dir, only_kept, kept, &swept, &problem), FAULT_NONE);
	assert_int_equal(swept, 0);
}

static void a_folder_that_is_no_folder_is_a_fault(void **state)
{
	struct material_dir *other = NULL;
	(void)state;
	assert_int_equal(material_dir_open("/dev/null", &other, &problem), FAULT_IO);
	assert_int_equal(material_dir_open("/nonexistent", &other, &problem), FAULT_IO);
	assert_null(other);
	assert_non_null(strstr(problem.detail, "materials"));
}

static void pieces_go_where_they_belong(void **state)
{
	char name[MATERIAL_PARTIAL_BYTES], sha256[MATERIAL_SHA_BYTES];
	int fd;
	(void)state;
	hash("abcdef", sha256);
	assert_int_equal(material_partial_new(dir, sha256, name, &fd, &problem), FAULT_NONE);
	assert_int_equal(material_partial_write(fd, 3, "xxx", 3, &problem), FAULT_NONE);
	assert_int_equal(material_partial_write(fd, 0, "abc", 3, &problem), FAULT_NONE);
	assert_int_equal(material_partial_write(fd, 3, "def", 3, &problem), FAULT_NONE);
	assert_int_equal(material_settle(dir, name, fd, sha256, &problem), FAULT_NONE);
	(void)close(fd);
	expect("abcdef", "abcdef");
	assert_int_equal(material_partial_write(-1, 0, "x", 1, &problem), FAULT_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_is_put_in_its_place, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_is_there_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sweep_leaves_what_has_a_row, setup, teardown),
		cmocka_unit_test_setup_teardown(a_folder_that_is_no_folder_is_a_fault, setup,
						teardown),
		cmocka_unit_test_setup_teardown(pieces_go_where_they_belong, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
