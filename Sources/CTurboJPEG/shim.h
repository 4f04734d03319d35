// TurboJPEG's interface of version 2, which version 3 still has; it reports errors by return values.
#ifndef LORASCOPE_CTURBOJPEG_SHIM_H
#define LORASCOPE_CTURBOJPEG_SHIM_H

#include <turbojpeg.h>

#endif
