/*
 * libconfig behind nodes, and tables of rows that fill structs. A row's default is written as in the file and goes
 * through the same code as the file's value, so that a default can't be something that a person could not write.
 * The values' types are in cfg_value.c.
 */
#include "cfg.h"

#include "cfg_say.h"
#include "cfg_value.h"
#include "jiebang/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cfg {
	config_t tree;
	char *name;
};

/* A node is libconfig's setting under another name; only this file knows. */
static const config_setting_t *setting_of(const struct cfg_node *node)
{
	return (const config_setting_t *)(const void *)node;
}

static const struct cfg_node *node_of(const config_setting_t *setting)
{
	return (const struct cfg_node *)(const void *)setting;
}

static enum fault read_all(int fd, const char *path, struct buf *text, struct problem *problem)
{
	char piece[8192];
	ssize_t n;
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		buf_add(text, piece, (size_t)n);
		if (text->len > CFG_FILE_MAX_BYTES)
			return problem_set(problem, FAULT_TOO_LARGE, "%s: larger than %d bytes",
					   path, CFG_FILE_MAX_BYTES);
	}
	if (n < 0)
		return problem_set(problem, FAULT_IO, "%s: %s", path, strerror(errno));
	return FAULT_NONE;
}

enum fault cfg_read_file(const char *path, struct buf *text, struct problem *problem)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return problem_set(problem, errno == ENOENT ? FAULT_NOT_FOUND : FAULT_IO, "%s: %s",
				   path, strerror(errno));
	enum fault fault;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		fault = problem_set(problem, FAULT_IO, "%s: not a plain file", path);
	else
		fault = read_all(fd, path, text, problem);
	close(fd);
	return fault;
}

enum fault cfg_parse(const char *text, size_t len, const char *name, struct cfg **out,
		     struct problem *problem)
{
	enum fault fault = cfg_scan(text, len, name, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct cfg *cfg = xcalloc(1, sizeof(*cfg));
	config_init(&cfg->tree);
	cfg->name = xstrdup(name);
	if (config_read_string(&cfg->tree, text + cfg_bom_bytes(text, len)) == CONFIG_TRUE) {
		*out = cfg;
		return FAULT_NONE;
	}
	fault = cfg_say(problem, name, (unsigned)config_error_line(&cfg->tree), "",
			config_error_text(&cfg->tree));
	cfg_hint(problem, "look at this line and the one above: each setting is written `key = "
			  "value;`, and each key once");
	cfg_free(cfg);
	return fault;
}

void cfg_free(struct cfg *cfg)
{
	if (!cfg)
		return;
	config_destroy(&cfg->tree);
	free(cfg->name);
	free(cfg);
}

const struct cfg_node *cfg_root(const struct cfg *cfg)
{
	return node_of(config_root_setting(&cfg->tree));
}

static const struct cfg_node *child(const struct cfg_node *group, const char *name, size_t len)
{
	for (size_t i = 0; i < cfg_length(group); i++) {
		const struct cfg_node *node = cfg_element(group, i);
		const char *its = config_setting_name(setting_of(node));
		if (its && strlen(its) == len && memcmp(its, name, len) == 0)
			return node;
	}
	return NULL;
}

const struct cfg_node *cfg_member(const struct cfg_node *group, const char *path)
{
	while (group && *path) {
		size_t len = strcspn(path, ".");
		group = cfg_is_group(group) ? child(group, path, len) : NULL;
		path += len + (path[len] == '.');
	}
	return group;
}

size_t cfg_length(const struct cfg_node *node)
{
	return config_setting_is_aggregate(setting_of(node))
		       ? (size_t)config_setting_length(setting_of(node))
		       : 0;
}

const struct cfg_node *cfg_element(const struct cfg_node *node, size_t i)
{
	return node_of(config_setting_get_elem(setting_of(node), (unsigned)i));
}

bool cfg_is_group(const struct cfg_node *node)
{
	return config_setting_is_group(setting_of(node));
}

bool cfg_is_list(const struct cfg_node *node)
{
	return config_setting_is_list(setting_of(node)) ||
	       config_setting_is_array(setting_of(node));
}

/* "\xff" in the file is one byte in the string. */
bool cfg_text_is_plain(const char *text)
{
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return text_utf8_valid(text, strlen(text));
}

const char *cfg_string(const struct cfg_node *node)
{
	return config_setting_type(setting_of(node)) == CONFIG_TYPE_STRING
		       ? config_setting_get_string(setting_of(node))
		       : NULL;
}

bool cfg_integer(const struct cfg_node *node, int64_t *value)
{
	int type = config_setting_type(setting_of(node));
	if (type == CONFIG_TYPE_INT)
		*value = config_setting_get_int(setting_of(node));
	else if (type == CONFIG_TYPE_INT64)
		*value = config_setting_get_int64(setting_of(node));
	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}

/* ---- saying what is wrong, and where ---- */

static void path_write(const config_setting_t *setting, struct buf *out)
{
	const config_setting_t *parent = config_setting_parent(setting);
	if (!parent)
		return;
	path_write(parent, out);
	if (config_setting_is_group(parent))
		buf_addf(out, "%s%s", out->len ? "." : "", config_setting_name(setting));
	else
		buf_addf(out, "[%d]", config_setting_index(setting));
}

enum fault cfg_problem(const struct cfg *cfg, const struct cfg_node *at, const char *key,
		       struct problem *problem, const char *fmt, ...)
{
	if (!problem)
		return FAULT_INVALID;
	const struct cfg_node *meant = key ? cfg_member(at, key) : at;
	const config_setting_t *where = setting_of(meant ? meant : at);
	unsigned line = config_setting_source_line(where);
	struct buf path = BUF_EMPTY, words = BUF_EMPTY;
	path_write(where, &path);
	if (key && !meant)
		buf_addf(&path, "%s%s", path.len ? "." : "", key);
	va_list args;
	va_start(args, fmt);
	buf_addv(&words, fmt, args);
	va_end(args);
	(void)cfg_say(problem, cfg->name, line ? line : 1, buf_str(&path), buf_str(&words));
	buf_clear(&path);
	buf_clear(&words);
	return FAULT_INVALID;
}

/* ---- filling by rows ---- */

/* The names that may stand in the group `prefix` ("" or "courier."), each once, for the hint. */
static void suggest_key(const struct cfg_row *rows, size_t n_rows, const char *prefix,
			const char *word, struct problem *problem)
{
	size_t skip = strlen(prefix), n = 0;
	char **known = xcalloc(n_rows + 1, sizeof(*known));
	for (size_t i = 0; i < n_rows; i++) {
		if (strncmp(rows[i].name, prefix, skip) != 0)
			continue;
		const char *rest = rows[i].name + skip;
		size_t len = strcspn(rest, ".");
		if (n > 0 && strlen(known[n - 1]) == len && strncmp(known[n - 1], rest, len) == 0)
			continue;
		known[n++] = xstrndup(rest, len);
	}
	cfg_suggest(problem, word, (const char *const *)(void *)known);
	for (size_t i = 0; i < n; i++)
		free(known[i]);
	free(known);
}

enum known { KNOWN_NOT = 0, KNOWN_GROUP, KNOWN_VALUE };

static enum known known_as(const struct cfg_row *rows, size_t n_rows, const char *path)
{
	size_t len = strlen(path);
	for (size_t i = 0; i < n_rows; i++) {
		if (strncmp(rows[i].name, path, len) != 0)
			continue;
		if (rows[i].name[len] == '\0')
			return KNOWN_VALUE;
		if (rows[i].name[len] == '.')
			return KNOWN_GROUP;
	}
	return KNOWN_NOT;
}

struct fill {
	const struct cfg *cfg;
	const struct cfg_row *rows;
	size_t n_rows;
	struct problem *problem;
};

static enum fault check_known(const struct fill *fill, const struct cfg_node *group,
			      const char *prefix)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < cfg_length(group); i++) {
		const struct cfg_node *node = cfg_element(group, i);
		const char *name = config_setting_name(setting_of(node));
		struct buf path = BUF_EMPTY;
		buf_addf(&path, "%s%s", prefix, name);
		enum known known = known_as(fill->rows, fill->n_rows, buf_str(&path));
		if (known == KNOWN_NOT) {
			fault = cfg_problem(fill->cfg, node, NULL, fill->problem, "unknown key");
			suggest_key(fill->rows, fill->n_rows, prefix, name, fill->problem);
		} else if (known == KNOWN_GROUP && !cfg_is_group(node)) {
			fault = cfg_problem(fill->cfg, node, NULL, fill->problem,
					    "must be a group");
			cfg_hint(fill->problem, "write %s = { … };", name);
		} else if (known == KNOWN_GROUP) {
			buf_addc(&path, '.');
			fault = check_known(fill, node, buf_str(&path));
		}
		buf_clear(&path);
	}
	return fault;
}

static void value_of(const struct cfg_node *node, struct cfg_value *value)
{
	*value = (struct cfg_value){ .node = node, .kind = CFG_KIND_OTHER };
	if (cfg_is_list(node))
		value->kind = CFG_KIND_LIST;
	else if ((value->text = cfg_string(node)))
		value->kind = CFG_KIND_TEXT;
	else if (cfg_integer(node, &value->integer))
		value->kind = CFG_KIND_INTEGER;
	else if (config_setting_type(setting_of(node)) == CONFIG_TYPE_BOOL)
		value->kind = CFG_KIND_BOOL;
	if (value->kind == CFG_KIND_BOOL)
		value->truth = config_setting_get_bool(setting_of(node)) != 0;
}

static enum fault fill_row(const struct fill *fill, const struct cfg_node *group,
			   const struct cfg_row *row, void *into)
{
	const struct cfg_node *node = cfg_member(group, row->name);
	struct cfg_value value;
	struct buf why = BUF_EMPTY;
	if (!node && row->preset) {
		cfg_value_preset(row, into);
		return FAULT_NONE;
	}
	if (!node) {
		enum fault fault =
			cfg_problem(fill->cfg, group, row->name, fill->problem, "is missing");
		cfg_value_explain(row, &(struct cfg_value){ .kind = CFG_KIND_OTHER },
				  fill->problem);
		return fault;
	}
	value_of(node, &value);
	if (cfg_value_take(row, &value, into, &why))
		return FAULT_NONE;
	enum fault fault = cfg_problem(fill->cfg, node, NULL, fill->problem, "%s", buf_str(&why));
	cfg_value_explain(row, &value, fill->problem);
	buf_clear(&why);
	return fault;
}

enum fault cfg_fill(const struct cfg *cfg, const struct cfg_node *group, const struct cfg_row *rows,
		    size_t n_rows, void *into, struct problem *problem)
{
	struct fill fill = { cfg, rows, n_rows, problem };
	if (!cfg_is_group(group)) {
		enum fault fault = cfg_problem(cfg, group, NULL, problem, "must be a group");
		cfg_hint(problem, "write { key = value; … }");
		return fault;
	}
	enum fault fault = check_known(&fill, group, "");
	for (size_t i = 0; fault == FAULT_NONE && i < n_rows; i++)
		if (rows[i].type != CFG_NODE)
			fault = fill_row(&fill, group, &rows[i], into);
	return fault;
}

void cfg_fill_presets(const struct cfg_row *rows, size_t n_rows, void *into)
{
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].type != CFG_NODE && rows[i].preset)
			cfg_value_preset(&rows[i], into);
}
