/*
 * What of an endpoint is judged before the engine sees it, since only here it is known: whether its URL may be called, and
 * whether the files that it names are there. Both are judged again at each connection; here they are told to whoever
 * makes the mistake. What is no text or no full path is the engine's to refuse.
 */
#include "http/api_inside.h"

#include "courier/guard.h"
#include "jiebang/mail.h"
#include "jiebang/pem.h"
#include "jiebang/text.h"

#include <stdio.h>

static enum fault check_mail(const struct call *call, const char *url, struct problem *problem)
{
	const char *words = mail_url_refusal(url);
	if (!call->api->mail)
		problem_set(problem, FAULT_UNPROCESSED,
			    "this daemon sends no mail: it has no relay");
	else if (words)
		problem_set(problem, FAULT_UNPROCESSED, "the endpoint's URL is refused: %s", words);
	else
		return FAULT_NONE;
	(void)text_copy(problem->hint, sizeof(problem->hint),
			call->api->mail ? "write mailto:user@host"
					: "the operator names one in jiebangd.conf (mail.relay)");
	return FAULT_UNPROCESSED;
}

static enum fault check_url(struct call *call, const char *url, struct problem *problem)
{
	enum fault fault;
	if (!url && call->route->method == METHOD_PATCH)
		return FAULT_NONE; /* it stays where it is */
	if (!url)
		fault = problem_set(problem, FAULT_UNPROCESSED, "url is missing");
	else if (mail_is_url(url))
		fault = check_mail(call, url, problem);
	else
		fault = guard_check_url(call->api->guard, url, call->api->https_only, problem);
	if (fault != FAULT_NONE)
		(void)text_copy(problem->pointer, sizeof(problem->pointer), "/url");
	return fault;
}

static const struct file_option {
	const char *name;
	const char *(*refusal)(const char *path);
} files[] = {
	{ "ca_file", pem_certificates_refusal },
	{ "client_cert", pem_certificates_refusal },
	{ "client_key", pem_key_refusal },
};

static const char *path_of(const struct jr_value *options, const char *name)
{
	const char *path = jr_string(jr_member(options, name));
	return path && path[0] == '/' ? path : NULL;
}

static enum fault refuse_file(const char *name, const char *words, struct problem *problem)
{
	problem_set(problem, FAULT_UNPROCESSED, "%s is refused: %s", name, words);
	(void)snprintf(problem->pointer, sizeof(problem->pointer), "/options/%s", name);
	return FAULT_UNPROCESSED;
}

static enum fault check_files(const struct jr_value *options, struct problem *problem)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *path = path_of(options, files[i].name);
		const char *words = path ? files[i].refusal(path) : NULL;
		if (words)
			return refuse_file(files[i].name, words, problem);
	}
	const char *certificate = path_of(options, "client_cert");
	const char *key = path_of(options, "client_key");
	const char *words = certificate && key ? pem_pair_refusal(certificate, key) : NULL;
	return words ? refuse_file("client_key", words, problem) : FAULT_NONE;
}

enum fault check_endpoint(struct call *call, struct verb *verb, struct problem *problem)
{
	const struct jr_value *root = jr_root(verb->body);
	enum fault fault = check_url(call, jr_string(jr_member(root, "url")), problem);
	return fault == FAULT_NONE ? check_files(jr_member(root, "options"), problem) : fault;
}
