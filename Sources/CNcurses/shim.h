// What Swift cannot import from curses: global variables, macros, variadic functions and opaque bit-fields.
#ifndef LORASCOPE_CNCURSES_SHIM_H
#define LORASCOPE_CNCURSES_SHIM_H

// No feature macros here: the C library's headers must look the same to every module.
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// term.h defines these as macros; they would collide with ordinary identifiers.
#undef columns
#undef lines

/// Starts curses on standard output and input; NULL when TERM names no usable terminal.
static inline SCREEN *lorascope_newterm(void) { return newterm(NULL, stdout, stdin); }

static inline WINDOW *lorascope_stdscr(void) { return stdscr; }

static inline int lorascope_color_pairs(void) { return COLOR_PAIRS; }
static inline int lorascope_colors(void) { return COLORS; }

static inline attr_t lorascope_bold(void) { return A_BOLD; }
static inline attr_t lorascope_dim(void) { return A_DIM; }
static inline attr_t lorascope_underline(void) { return A_UNDERLINE; }
static inline attr_t lorascope_reverse(void) { return A_REVERSE; }
static inline attr_t lorascope_italic(void) {
#ifdef A_ITALIC
  return A_ITALIC;
#else
  return A_UNDERLINE;
#endif
}

/// Whether this curses can hold more than 256 pairs and colours beyond short.
static inline int lorascope_has_extended_pairs(void) {
#if defined(NCURSES_EXT_COLORS) && NCURSES_EXT_COLORS && NCURSES_EXT_FUNCS
  return 1;
#else
  return 0;
#endif
}

static inline int lorascope_init_pair(int pair, int foreground, int background) {
#if defined(NCURSES_EXT_COLORS) && NCURSES_EXT_COLORS && NCURSES_EXT_FUNCS
  return init_extended_pair(pair, foreground, background);
#else
  return init_pair((short)pair, (short)foreground, (short)background);
#endif
}

// wchar.h shows it only with _XOPEN_SOURCE.
extern int wcwidth(wchar_t character);

/// Columns of a scalar in the locale; -1 when it has no shape there.
static inline int lorascope_width(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

/// One cell of one scalar.
static inline int lorascope_set_cell(cchar_t *cell, uint32_t scalar, attr_t attributes, int pair) {
  wchar_t text[2] = {(wchar_t)scalar, 0};
#if defined(NCURSES_EXT_COLORS) && NCURSES_EXT_COLORS && NCURSES_EXT_FUNCS
  return setcchar(cell, text, attributes, (short)(pair > 32767 ? 0 : pair), &pair);
#else
  return setcchar(cell, text, attributes, (short)pair, NULL);
#endif
}

/// Writes cells into the standard window without moving its cursor.
static inline int lorascope_put_cells(int y, int x, const cchar_t *cells, int count) {
  return mvwadd_wchnstr(stdscr, y, x, cells, count);
}

/// Text of a string capability; NULL when it is absent or cancelled.
static inline const char *lorascope_capability(const char *name) {
  const char *text = tigetstr(name);
  return text == (const char *)-1 ? NULL : text;
}

/// Whether a capability is there as a flag, a number or a string (RGB may be any of them).
static inline int lorascope_has_capability(const char *name) {
  return tigetflag(name) > 0 || tigetnum(name) > 0 || lorascope_capability(name) != NULL;
}

static inline int lorascope_window_size(int descriptor, int *rows, int *columns_) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return 0;
  *rows = size.ws_row;
  *columns_ = size.ws_col;
  return 1;
}

/// Pixels of one cell, where the terminal says how many its window has.
static inline int lorascope_cell_pixels(int descriptor, int *width, int *height) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return 0;
  *width = size.ws_xpixel / size.ws_col;
  *height = size.ws_ypixel / size.ws_row;
  return *width > 0 && *height > 0;
}

/// Installs a handler and keeps what was there; poll is interrupted all the same.
static inline void lorascope_install(int number, void (*handler)(int), struct sigaction *old) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, old);
}

static inline int lorascope_is_default(const struct sigaction *action) { return action->sa_handler == SIG_DFL; }

static inline void lorascope_reinstate(int number, const struct sigaction *old) { sigaction(number, old, NULL); }

#endif
