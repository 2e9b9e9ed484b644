/*
 * Files fetched: streamed into a neighbour of the name they will have, checked by their SHA-256, and renamed when whole.
 */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jiebang/digest.h"
#include "out.h"

struct fetching {
	int fd; /* -1: stdout */
	int error;
	struct digest *digest;
};

static bool on_content(void *arg, const void *data, size_t len)
{
	struct fetching *fetching = arg;
	const char *from = data;

	digest_add(fetching->digest, data, len);
	if (fetching->fd < 0) {
		out_write(data, len);
		return !out_failed();
	}
	while (len > 0) {
		ssize_t put = write(fetching->fd, from, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			fetching->error = errno;
			return false;
		}
		from += put;
		len -= (size_t)put;
	}
	return true;
}

/* A name from the server becomes a name here: one part, and nothing hidden. */
static char *safe_name(const char *name)
{
	char *safe = xstrdup(base_name(name));

	for (char *c = safe; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '_';
	if (safe[0] == '.' || safe[0] == '\0') {
		free(safe);
		safe = xstrdup("material");
	}
	return safe;
}

static int fetch(struct client *client, const struct invocation *invocation,
		 struct fetching *fetching, const char *sha256)
{
	struct buf target = BUF_EMPTY;
	struct call_request request = {
		.method = "GET", .patient = true, .sink = on_content, .arg = fetching
	};
	struct jr_doc *doc = NULL;
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	int code;

	command_target(&target, invocation);
	request.target = buf_str(&target);
	fetching->digest = digest_new();
	code = ask(client, &request, &doc);
	digest_finish(fetching->digest, digest);
	digest_free(fetching->digest);
	digest_hex(digest, sizeof(digest), hex);
	if (code == CODE_OK && strcmp(hex, sha256) != 0) {
		say(TEXT_FILE_DAMAGED, invocation->args[0]);
		code = CODE_FAILED;
	}
	jr_free(doc);
	buf_clear(&target);
	return code;
}

static int no_output(const char *path, int error)
{
	say(TEXT_NO_OUTPUT, path, strerror(error));
	return CODE_FAILED;
}

/* Into a neighbour first, so that under its name the file is whole or not there. */
static int fetch_file(struct client *client, const struct invocation *invocation, const char *path,
		      const char *sha256)
{
	struct fetching fetching = { .fd = -1 };
	struct buf part = BUF_EMPTY;
	int code;

	buf_addf(&part, "%s.part-XXXXXX", path);
	fetching.fd = mkostemp(part.data, O_CLOEXEC);
	if (fetching.fd < 0) {
		code = no_output(path, errno);
		buf_clear(&part);
		return code;
	}
	code = fetch(client, invocation, &fetching, sha256);
	if (fetching.error != 0)
		code = no_output(path, fetching.error);
	if (code == CODE_OK && (fchmod(fetching.fd, 0644) != 0 || fsync(fetching.fd) != 0 ||
				rename(part.data, path) != 0))
		code = no_output(path, errno);
	close(fetching.fd);
	if (code != CODE_OK)
		(void)unlink(part.data);
	else
		out_line(path);
	buf_clear(&part);
	return code;
}

static int get_row(struct client *client, const char *id, struct jr_doc **doc)
{
	struct buf target = BUF_EMPTY;
	int code;

	buf_adds(&target, "/v1/materials/");
	call_encode(&target, id);
	code = ask_get(client, buf_str(&target), doc);
	buf_clear(&target);
	return code;
}

int cmd_material_get(struct client *client, const struct invocation *invocation)
{
	const char *to = option_value(invocation, "--to");
	struct fetching to_stdout = { .fd = -1 };
	struct jr_doc *doc = NULL;
	char *name = NULL;
	int code = get_row(client, invocation->args[0], &doc);

	if (code != CODE_OK || doc == NULL)
		return code;
	name = safe_name(write_string_at(jr_root(doc), "name"));
	if (to != NULL && strcmp(to, "-") == 0) {
		code = fetch(client, invocation, &to_stdout,
			     write_string_at(jr_root(doc), "sha256"));
	} else if (to == NULL && access(name, F_OK) == 0) {
		say(TEXT_FILE_EXISTS, name);
		code = CODE_CONFLICT;
	} else {
		code = fetch_file(client, invocation, to != NULL ? to : name,
				  write_string_at(jr_root(doc), "sha256"));
	}
	free(name);
	jr_free(doc);
	return code;
}
