/*
 * What the terminal may be trusted with. Text that came from a server, a file or an argument is cleaned before a
 * person sees it: control bytes, escape sequences and direction overrides can repaint a screen or reverse a name.
 */
#ifndef CLIENT_TERM_H
#define CLIENT_TERM_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tone { TONE_PLAIN = 0, TONE_BAD, TONE_WARN, TONE_GOOD, TONE_DIM, TONE_BOLD };

/* Decodes one UTF-8 sequence at s (len > 0). Returns its length and sets *rune; malformed bytes are 1 long, U+FFFD. */
size_t term_rune(const char *s, size_t len, uint32_t *rune);

/* C0 (with tab and newline), DEL, C1, line and paragraph separators, bidirectional controls. */
bool term_is_hostile(uint32_t rune);

/* Appends s: white space becomes a space, whatever is hostile or malformed becomes U+FFFD. */
void term_clean(struct buf *out, const char *s);

/* Columns that s takes; s is clean. Wide (CJK) characters take two. */
size_t term_columns(const char *s);

/* Appends s cut to at most `columns`, with "…" where something was cut. Returns the columns used. */
size_t term_fit(struct buf *out, const char *s, size_t columns);
/* The same, filled up with spaces to exactly `columns`. */
void term_pad(struct buf *out, const char *s, size_t columns);

/* LC_CTYPE is made UTF-8, whatever the locale: widths need it. */
void term_force_utf8(void);

/* Columns of the terminal on stdout, or COLUMNS; 0 when stdout is no terminal. */
size_t term_width(void);

/* "auto", "always", "never"; NO_COLOR and TERM=dumb count in auto. */
void term_set_colour(const char *when);
/* The escape sequence that begins a tone, NULL for plain or when there are no colours. */
const char *term_tone(enum tone tone);
/* Appends s in a tone. */
void term_paint(struct buf *out, enum tone tone, const char *s);

#endif
