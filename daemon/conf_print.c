/*
 * The configuration as text: every option with its help, whether written or defaulted, so that --print-config shows
 * what holds and its output can be loaded again. Two configurations differ where their texts differ.
 */
#include "conf.h"

#include "conf_rows.h"

#include <inttypes.h>
#include <string.h>

static void print_string(const char *text, struct buf *out)
{
	buf_addc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

struct unit {
	const char *name;
	int64_t factor;
};

/* In the largest unit that divides the value: 5400 s is "90m". */
static void print_in_units(int64_t value, const struct unit *units, struct buf *out)
{
	while (units->factor > 1 && (value == 0 || value % units->factor != 0))
		units++;
	buf_addf(out, "\"%" PRId64 "%s\"", value / units->factor, units->name);
}

static void print_seconds(int64_t value, struct buf *out)
{
	static const struct unit units[] = {
		{ "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 }
	};
	print_in_units(value, units, out);
}

static void print_bytes(int64_t value, struct buf *out)
{
	static const struct unit units[] = {
		{ "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "B", 1 }
	};
	print_in_units(value, units, out);
}

static void print_texts(const struct cfg_texts *texts, struct buf *out)
{
	buf_adds(out, "[");
	for (size_t i = 0; i < texts->n; i++) {
		buf_adds(out, i ? ", " : " ");
		print_string(texts->item[i], out);
	}
	buf_adds(out, texts->n ? " ]" : "]");
}

static void print_word(const struct cfg_row *row, int value, struct buf *out)
{
	const struct cfg_word *word = row->words;
	while (word->name && word->value != value)
		word++;
	print_string(word->name ? word->name : "", out);
}

static void print_value(const struct conf *conf, const struct cfg_row *row, struct buf *out)
{
	const void *at = (const char *)conf + row->offset;
	switch (row->type) {
	case CFG_TEXT:
	case CFG_PATH:
	case CFG_ID:
	case CFG_DATE:
		print_string(*(char *const *)at, out);
		return;
	case CFG_BOOL:
		buf_adds(out, *(const bool *)at ? "true" : "false");
		return;
	case CFG_INT:
		buf_addf(out, "%d", *(const int *)at);
		return;
	case CFG_UINT:
		buf_addf(out, "%u", *(const unsigned *)at);
		return;
	case CFG_SECONDS:
		print_seconds(*(const int *)at, out);
		return;
	case CFG_BYTES:
		print_bytes(*(const int64_t *)at, out);
		return;
	case CFG_WORD:
		print_word(row, *(const int *)at, out);
		return;
	case CFG_TEXTS:
		print_texts(at, out);
		return;
	case CFG_ID_BUF:
	case CFG_TIME:
	case CFG_SWITCH:
	case CFG_NODE:
	case CFG_TYPE_COUNT:
		BUG("no option has this type");
	}
}

/* "courier.timeout" → 7, 0 at the top. */
static size_t group_len(const char *name)
{
	const char *dot = strchr(name, '.');
	return dot ? (size_t)(dot - name) : 0;
}

void conf_print(const struct conf *conf, struct buf *out)
{
	size_t open = 0; /* length of the open group's name */
	const char *group = "";
	for (size_t i = 0; i < conf_rows_n; i++) {
		const struct cfg_row *row = &conf_rows[i];
		size_t len = group_len(row->name);
		bool same = len == open && strncmp(group, row->name, len) == 0;
		if (!same) {
			buf_addf(out, "%s\n%.*s = {\n", open ? "};\n" : "", (int)len, row->name);
			group = row->name;
			open = len;
		}
		const char *indent = open ? "\t" : "";
		buf_addf(out, "%s# %s%s\n%s%s = ", indent, row->help,
			 row->reload ? " (taken on reload)" : "", indent,
			 row->name + (len ? len + 1 : 0));
		print_value(conf, row, out);
		buf_adds(out, ";\n");
	}
	buf_adds(out, open ? "};\n" : "");
}

bool conf_changed_unreloadable(const struct conf *before, const struct conf *after,
			       const char **name)
{
	struct buf was = BUF_EMPTY, is = BUF_EMPTY;
	bool changed = false;
	for (size_t i = 0; !changed && i < conf_rows_n; i++) {
		if (conf_rows[i].reload)
			continue;
		buf_reset(&was);
		buf_reset(&is);
		print_value(before, &conf_rows[i], &was);
		print_value(after, &conf_rows[i], &is);
		changed = strcmp(buf_str(&was), buf_str(&is)) != 0;
		if (changed)
			*name = conf_rows[i].name;
	}
	buf_clear(&was);
	buf_clear(&is);
	return changed;
}
