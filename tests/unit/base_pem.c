/*
 * Files that can't be read: what is said of them. What is said of real certificates and keys is in tests/system/test_tls.py.
 */
#include "jiebang/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

static void test_unreadable(void **state)
{
	char path[] = "/tmp/jiebang-pem-XXXXXX";
	int fd = mkstemp(path);
	uid_t self = geteuid();
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0), 0);
	close(fd);
	if (self == 0) /* whom a mode does not stop */
		assert_int_equal(seteuid(NOBODY), 0);
	assert_string_equal(pem_certificates_refusal(path), "the daemon may not read the file");
	assert_string_equal(pem_key_refusal(path), "the daemon may not read the file");
	assert_string_equal(pem_pair_refusal(path, path), "the daemon may not read the file");
	if (self == 0)
		assert_int_equal(seteuid(self), 0);
	assert_int_equal(unlink(path), 0);
	assert_string_equal(pem_key_refusal(path), "there is no such file");
	assert_string_equal(pem_key_refusal("/dev/null/x"), "there is no such file");
	assert_string_equal(pem_certificates_refusal("/dev/zero"), "it is not a regular file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unreadable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
