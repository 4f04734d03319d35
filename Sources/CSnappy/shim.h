#ifndef LORASCOPE_CSNAPPY_SHIM_H
#define LORASCOPE_CSNAPPY_SHIM_H

#include <snappy-c.h>

#endif
