/*
 * The log: one line an event on stderr, fixed words then key=value, with the `<n>` priority prefix that journald
 * reads when it is the reader. Values are escaped so that outside text can't forge a line. Secrets never come here.
 */
#ifndef JIEBANG_LOG_H
#define JIEBANG_LOG_H

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/* Lines above `level` are dropped. Thread-safe once set. Default: info. */
void log_set_level(enum log_level level);

/* For instance log_info("programme loaded", "id=%s tasks=%d", id, n); `fmt` may be NULL. One write(2) a line. */
void log_line(enum log_level level, const char *words, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(words, ...)   log_line(LOG_LEVEL_ERROR, (words), __VA_ARGS__)
#define log_warning(words, ...) log_line(LOG_LEVEL_WARNING, (words), __VA_ARGS__)
#define log_info(words, ...)    log_line(LOG_LEVEL_INFO, (words), __VA_ARGS__)
#define log_debug(words, ...)   log_line(LOG_LEVEL_DEBUG, (words), __VA_ARGS__)

#endif
