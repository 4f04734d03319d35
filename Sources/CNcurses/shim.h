// What Swift cannot import from curses: global variables, macros, variadic functions and opaque bit-fields.
#ifndef LORASCOPE_CNCURSES_SHIM_H
#define LORASCOPE_CNCURSES_SHIM_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// curses.h and term.h define short macro names that would collide with ordinary identifiers.
#undef columns
#undef lines
#undef tab
#undef newline

#endif
