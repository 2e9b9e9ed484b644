/*
 * Files in PEM, read by OpenSSL as libcurl will have them read. The name comes from a request, so the file is opened without
 * waiting (a FIFO would hold the loop) and must be a regular one of a sane size. A key is wiped when it was judged.
 */
#include "jiebang/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (4 * 1024 * 1024) /* the system's bundle of CAs has a fifth of it */

static const char *words_of_errno(void)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return "there is no such file";
	if (errno == EACCES || errno == EPERM)
		return "the daemon may not read the file";
	return "the file can't be read";
}

static const char *open_file(const char *path, BIO **out)
{
	struct stat about;
	const char *words = NULL;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return words_of_errno();
	if (fstat(fd, &about) < 0)
		words = "the file can't be read";
	else if (!S_ISREG(about.st_mode))
		words = "it is not a regular file";
	else if (about.st_size > FILE_MAX_BYTES)
		words = "the file is larger than 4 MiB";
	*out = words ? NULL : BIO_new_fd(fd, BIO_CLOSE);
	if (!*out)
		close(fd);
	return words || *out ? words : "the file can't be read";
}

/* A pass phrase is asked of nobody. */
static int no_phrase(char *room, int size, int writing, void *arg)
{
	(void)room;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static const char *read_certificate(const char *path, X509 **out)
{
	BIO *file;
	*out = NULL;
	const char *words = open_file(path, &file);
	if (words)
		return words;
	*out = PEM_read_bio_X509_AUX(file, NULL, no_phrase, NULL);
	BIO_free(file);
	ERR_clear_error();
	return *out ? NULL : "there is no certificate in the file (PEM)";
}

static const char *read_key(const char *path, EVP_PKEY **out)
{
	BIO *file;
	*out = NULL;
	const char *words = open_file(path, &file);
	if (words)
		return words;
	*out = PEM_read_bio_PrivateKey(file, NULL, no_phrase, NULL);
	BIO_free(file);
	ERR_clear_error();
	return *out ? NULL : "there is no private key without a pass phrase in the file (PEM)";
}

const char *pem_certificates_refusal(const char *path)
{
	X509 *certificate;
	const char *words = read_certificate(path, &certificate);
	X509_free(certificate);
	return words;
}

const char *pem_key_refusal(const char *path)
{
	EVP_PKEY *key;
	const char *words = read_key(path, &key);
	EVP_PKEY_free(key);
	return words;
}

const char *pem_pair_refusal(const char *certificate_path, const char *key_path)
{
	X509 *certificate;
	EVP_PKEY *key = NULL;
	const char *words = read_certificate(certificate_path, &certificate);
	if (!words)
		words = read_key(key_path, &key);
	if (!words && X509_check_private_key(certificate, key) != 1)
		words = "the key is not the certificate's";
	ERR_clear_error();
	X509_free(certificate);
	EVP_PKEY_free(key);
	return words;
}
