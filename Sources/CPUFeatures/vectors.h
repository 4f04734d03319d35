// The vector operations that Swift's own SIMD types do not reliably inline: extremes, choices, square roots, bfloat16 widening.
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
  /* x where a < b, else y. */                                                                                     \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_choose##N(                            \
      lorascope_float##N a, lorascope_float##N b, lorascope_float##N x, lorascope_float##N y) {                   \
    return a < b ? x : y;                                                                                         \
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

#define LORASCOPE_LANES4 0, 1, 2, 3
#define LORASCOPE_LANES8 LORASCOPE_LANES4, 4, 5, 6, 7
#define LORASCOPE_LANES16 LORASCOPE_LANES8, 8, 9, 10, 11, 12, 13, 14, 15

// The first `count` lanes of v, the others zero, or those of `rest`.
#define LORASCOPE_KEEP(N)                                                                                         \
  typedef int32_t lorascope_lane##N __attribute__((ext_vector_type(N)));                                          \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_keep##N(lorascope_float##N v,         \
                                                                                    long count) {                 \
    const lorascope_lane##N mask = (lorascope_lane##N){LORASCOPE_LANES##N} < (lorascope_lane##N)(int32_t)count;   \
    lorascope_lane##N bits;                                                                                       \
    memcpy(&bits, &v, sizeof bits);                                                                               \
    bits &= mask;                                                                                                 \
    memcpy(&v, &bits, sizeof v);                                                                                  \
    return v;                                                                                                     \
  }                                                                                                               \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_fill##N(                              \
      lorascope_float##N v, long count, lorascope_float##N rest) {                                                \
    return (lorascope_lane##N){LORASCOPE_LANES##N} < (lorascope_lane##N)(int32_t)count ? v : rest;                \
  }

// The steps of a transposition, within each 128 bits: the first (last) two values of a and b in turn, and the first (last) pair of
// a before that of b.
#define LORASCOPE_SHUFFLE(N, NAME, ...)                                                                           \
  static inline __attribute__((always_inline)) lorascope_float##N lorascope_##NAME##N(lorascope_float##N a,       \
                                                                                      lorascope_float##N b) {     \
    return __builtin_shufflevector(a, b, __VA_ARGS__);                                                            \
  }

// A wide vector's calling convention depends on the instruction set; only those who have the registers get the functions.
LORASCOPE_VECTORS(4)
LORASCOPE_KEEP(4)

// Parts of a vector in memory: the first `count` values, nothing else touched; what is not loaded is zero.
static inline __attribute__((always_inline)) lorascope_float4 lorascope_load_part4(const float *p, long count) {
  lorascope_float4 v = 0;
  if (count > 0) v.x = p[0];
  if (count > 1) v.y = p[1];
  if (count > 2) v.z = p[2];
  if (count > 3) v.w = p[3];
  return v;
}

static inline __attribute__((always_inline)) void lorascope_store_part4(lorascope_float4 v, float *p, long count) {
  if (count > 0) p[0] = v.x;
  if (count > 1) p[1] = v.y;
  if (count > 2) p[2] = v.z;
  if (count > 3) p[3] = v.w;
}

#if defined(__AVX2__)
LORASCOPE_VECTORS(8)
LORASCOPE_KEEP(8)

LORASCOPE_SHUFFLE(8, turn_low, 0, 8, 1, 9, 4, 12, 5, 13)
LORASCOPE_SHUFFLE(8, turn_high, 2, 10, 3, 11, 6, 14, 7, 15)
LORASCOPE_SHUFFLE(8, pair_low, 0, 1, 8, 9, 4, 5, 12, 13)
LORASCOPE_SHUFFLE(8, pair_high, 2, 3, 10, 11, 6, 7, 14, 15)
// The halves of a and b.
LORASCOPE_SHUFFLE(8, join_low, 0, 1, 2, 3, 8, 9, 10, 11)
LORASCOPE_SHUFFLE(8, join_high, 4, 5, 6, 7, 12, 13, 14, 15)

typedef int32_t lorascope_mask8 __attribute__((__vector_size__(32)));
typedef float lorascope_plain8 __attribute__((__vector_size__(32)));

static inline __attribute__((always_inline)) lorascope_mask8 lorascope_first8(long count) {
  const int32_t n = (int32_t)count;
  return (lorascope_mask8){LORASCOPE_LANES8} < (lorascope_mask8){n, n, n, n, n, n, n, n};
}

// Sums of neighbours within each 128 bits: two of a, two of b. An instruction of its own, since shuffles and sums of them are taken apart by the
// compiler, down to the products that are summed.
static inline __attribute__((always_inline)) lorascope_float8 lorascope_sum_pairs8(lorascope_float8 a,
                                                                                   lorascope_float8 b) {
  return (lorascope_float8)__builtin_ia32_haddps256((lorascope_plain8)a, (lorascope_plain8)b);
}

static inline __attribute__((always_inline)) lorascope_float8 lorascope_load_part8(const float *p, long count) {
  return (lorascope_float8)__builtin_ia32_maskloadps256((const lorascope_plain8 *)p, lorascope_first8(count));
}

static inline __attribute__((always_inline)) void lorascope_store_part8(lorascope_float8 v, float *p, long count) {
  __builtin_ia32_maskstoreps256((lorascope_plain8 *)p, lorascope_first8(count), (lorascope_plain8)v);
}

// A word in every lane, of which the compiler does not know that another one is the same: what is done with it next would else be done before it
// is broadcast, in another register file, or the words of a whole loop be kept for later.
static inline __attribute__((always_inline)) lorascope_word8 lorascope_broadcast_word8(const void *p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  lorascope_word8 v = word;
#if defined(__x86_64__)
  __asm__ volatile("" : "+x"(v));
#endif
  return v;
}
#endif

#if defined(__AVX512F__)
LORASCOPE_VECTORS(16)
LORASCOPE_KEEP(16)

LORASCOPE_SHUFFLE(16, turn_low, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
LORASCOPE_SHUFFLE(16, turn_high, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
LORASCOPE_SHUFFLE(16, pair_low, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
LORASCOPE_SHUFFLE(16, pair_high, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
// The even (odd) quarters of a and b.
LORASCOPE_SHUFFLE(16, quarters_even, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
LORASCOPE_SHUFFLE(16, quarters_odd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

// The low half plus the high one.
static inline __attribute__((always_inline)) lorascope_float8 lorascope_fold16(lorascope_float16 v) {
  return __builtin_shufflevector(v, v, LORASCOPE_LANES8) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}

typedef float lorascope_plain16 __attribute__((__vector_size__(64)));

static inline __attribute__((always_inline)) lorascope_float16 lorascope_load_part16(const float *p, long count) {
  const lorascope_plain16 zero = {0};
  return (lorascope_float16)__builtin_ia32_loadups512_mask(p, zero, (unsigned short)((1u << count) - 1u));
}

static inline __attribute__((always_inline)) void lorascope_store_part16(lorascope_float16 v, float *p, long count) {
  __builtin_ia32_storeups512_mask(p, (lorascope_plain16)v, (unsigned short)((1u << count) - 1u));
}
#endif

#if defined(__AVX512BF16__)
// Pairs of bfloat16 values, each pair in the place of one float: the one of the even step of depth in the lower half.
typedef __bf16 lorascope_bfloats __attribute__((__vector_size__(64)));
typedef uint16_t lorascope_halves32 __attribute__((ext_vector_type(32)));

// sum + a.even · b.even + a.odd · b.odd in each lane.
static inline __attribute__((always_inline)) lorascope_float16 lorascope_add_pairs16(lorascope_float16 sum,
                                                                                     lorascope_float16 a,
                                                                                     lorascope_float16 b) {
  return (lorascope_float16)__builtin_ia32_dpbf16ps_512((lorascope_plain16)sum, (lorascope_bfloats)a,
                                                        (lorascope_bfloats)b);
}

// 32 values in a row, low before high, rounded to the nearest: the pairs of sixteen steps.
static inline __attribute__((always_inline)) lorascope_float16 lorascope_round_row16(lorascope_float16 low,
                                                                                     lorascope_float16 high) {
  return (lorascope_float16)__builtin_ia32_cvtne2ps2bf16_512((lorascope_plain16)high, (lorascope_plain16)low);
}

// The same of two rows, a value of each to a pair.
static inline __attribute__((always_inline)) lorascope_float16 lorascope_round_rows16(lorascope_float16 even,
                                                                                      lorascope_float16 odd) {
  const lorascope_halves32 both = (lorascope_halves32)lorascope_round_row16(even, odd);
  return (lorascope_float16)__builtin_shufflevector(both, both, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                                                    8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#endif

#if defined(__AVX512F__)
/* To an aligned line, which is not read first and does not stay in the caches. */
static inline __attribute__((always_inline)) void lorascope_store_past_caches16(lorascope_float16 v, float *_Nonnull p) {
  __builtin_nontemporal_store(v, (lorascope_float16 *)p);
}
#endif

/* What was stored past the caches is there before what is stored from here on. */
static inline __attribute__((always_inline)) void lorascope_fence_stores(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

static inline __attribute__((always_inline)) void lorascope_prefetch(const void *p) { __builtin_prefetch(p); }

/* To be read once. */
static inline __attribute__((always_inline)) void lorascope_prefetch_once(const void *p) { __builtin_prefetch(p, 0, 0); }

/* To be written. */
static inline __attribute__((always_inline)) void lorascope_prefetch_own(const void *p) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
  __builtin_prefetch(p, 1);
#endif
}

/* Into the second-level cache only. */
static inline __attribute__((always_inline)) void lorascope_prefetch_far(const void *p) { __builtin_prefetch(p, 0, 2); }

// The same pointer, of which the compiler does not know what it was computed from: it keeps a register of its own, where
// else it would be computed again in the loop from another one.
static inline __attribute__((always_inline)) const float *_Nonnull lorascope_opaque(
    const float *_Nonnull p) {
  __asm__("" : "+r"(p));
  return p;
}

#endif
