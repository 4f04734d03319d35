#ifndef LORASCOPE_CZSTD_SHIM_H
#define LORASCOPE_CZSTD_SHIM_H

#include <zstd.h>

#endif
