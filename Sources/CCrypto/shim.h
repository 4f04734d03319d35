// OpenSSL's digests, which use the processor's own instructions for them.
#ifndef LORASCOPE_CCRYPTO_SHIM_H
#define LORASCOPE_CCRYPTO_SHIM_H

#include <openssl/evp.h>

#endif
