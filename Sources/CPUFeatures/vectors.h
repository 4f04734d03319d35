// The vector operations that Swift's own SIMD types do not reliably inline: extremes, square roots, bfloat16 widening.
// Static inline, over Clang's vectors, which Swift imports as SIMD4, SIMD8 and SIMD16; each importer compiles them for
// its own instruction set.
#ifndef LORASCOPE_VECTORS_H
#define LORASCOPE_VECTORS_H

#include <stdint.h>
#include <string.h>

#define LORASCOPE_VECTORS(N)                                                                                      \
  typedef float lorascope_float##N __attribute__((ext_vector_type(N)));                                           \
  typedef uint16_t lorascope_half##N __attribute__((ext_vector_type(N)));                                         \
  typedef uint32_t lorascope_word##N __attribute__((ext_vector_type(N)));                                         \
  /* The larger of each pair; b where they do not compare. */                                                     \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_larger##N(lorascope_float##N a,       \
                                                                                      lorascope_float##N b) {     \
    return a > b ? a : b;                                                                                         \
  }                                                                                                               \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_smaller##N(lorascope_float##N a,      \
                                                                                       lorascope_float##N b) {    \
    return a < b ? a : b;                                                                                         \
  }                                                                                                               \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_root##N(lorascope_float##N a) {       \
    return __builtin_elementwise_sqrt(a);                                                                         \
  }                                                                                                               \
  /* bfloat16 is the upper half of a float. */                                                                    \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_widen##N(const uint16_t *p) {         \
    lorascope_half##N halves;                                                                                     \
    memcpy(&halves, p, sizeof halves);                                                                            \
    lorascope_word##N words = __builtin_convertvector(halves, lorascope_word##N) << 16;                           \
    lorascope_float##N floats;                                                                                    \
    memcpy(&floats, &words, sizeof floats);                                                                       \
    return floats;                                                                                                \
  }

// A wide vector's calling convention depends on the instruction set; only those who have the registers get the functions.
LORASCOPE_VECTORS(4)
#if defined(__AVX2__)
LORASCOPE_VECTORS(8)
#endif
#if defined(__AVX512F__)
LORASCOPE_VECTORS(16)
#endif

#endif
