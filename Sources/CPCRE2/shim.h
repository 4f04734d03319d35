// PCRE2 for UTF-8: the header wants the width of its code units named first.
#ifndef LORASCOPE_CPCRE2_SHIM_H
#define LORASCOPE_CPCRE2_SHIM_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#endif
