/*
 * One line that is drawn over itself, a few times a second.
 */
#include "bar.h"

#include <unistd.h>

#include "jiebang/buf.h"
#include "jiebang/clock.h"
#include "say.h"

#define BAR_CELLS    24
#define BAR_AFTER_MS 300
#define BAR_EVERY_MS 100
#define MIB          (1024.0 * 1024.0)

static void draw(int64_t sent, int64_t total)
{
	struct buf line = BUF_EMPTY;
	int percent = total > 0 ? (int)(sent * 100 / total) : 0;

	buf_addf(&line, "\r%s ", say_text(TEXT_UPLOADING));
	for (int i = 0; total > 0 && i < BAR_CELLS; i++)
		buf_adds(&line, i < percent * BAR_CELLS / 100 ? "▓" : "░");
	if (total > 0)
		buf_addf(&line, " %3d%%  %.1f / %.1f MiB\033[K", percent, (double)sent / MIB,
			 (double)total / MIB);
	else
		buf_addf(&line, "%.1f MiB\033[K", (double)sent / MIB);
	if (sent == total && total > 0)
		buf_addf(&line, "\r%s\033[K", say_text(TEXT_CHECKING));
	(void)!write(STDERR_FILENO, line.data, line.len);
	buf_clear(&line);
}

void bar_progress(void *arg, int64_t sent_bytes, int64_t total_bytes)
{
	struct bar *bar = arg;
	int64_t now_ms = clock_mono_ms();

	if (sent_bytes == 0 || now_ms - bar->began_ms < BAR_AFTER_MS ||
	    now_ms - bar->drawn_ms < BAR_EVERY_MS)
		return;
	bar->drawn_ms = now_ms;
	draw(bar->before_bytes + sent_bytes,
	     total_bytes < 0 ? total_bytes : bar->before_bytes + total_bytes);
}

void bar_erase(const struct bar *bar)
{
	static const char erase[] = "\r\033[K";

	if (bar->drawn_ms != 0)
		(void)!write(STDERR_FILENO, erase, sizeof(erase) - 1);
}
