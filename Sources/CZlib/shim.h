// zlib: gzip files and gzip pages. Its initialisers are macros, which Swift does not see.
#ifndef LORASCOPE_CZLIB_SHIM_H
#define LORASCOPE_CZLIB_SHIM_H

#include <zlib.h>

// Reads gzip and zlib streams, whichever the header says. The stream must stay where it is until inflateEnd.
static inline int czlib_inflate_begin(z_stream *stream) { return inflateInit2(stream, 15 + 32); }

#endif
