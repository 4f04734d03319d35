// What Swift cannot say: cpuid, the operating system's consent to wide registers, and the spin-wait hint.
#ifndef LORASCOPE_CPU_FEATURES_H
#define LORASCOPE_CPU_FEATURES_H

#include <stdint.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__x86_64__)
#include <cpuid.h>

// XCR0: the register states that the operating system saves at a context switch.
static inline uint64_t lorascope_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

// 0: neither; 2: all of x86-64-v3 (AVX2, FMA, BMI, F16C, MOVBE, LZCNT); 3: all of x86-64-v4 too (AVX-512 F, BW, CD, DQ, VL).
static inline int lorascope_x86_level(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  const uint32_t need1 = (1u << 12) | (1u << 22) | (1u << 27) | (1u << 28) | (1u << 29);  // FMA MOVBE OSXSAVE AVX F16C
  if ((c & need1) != need1) return 0;
  if ((lorascope_xcr0() & 0x6) != 0x6) return 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const uint32_t need7 = (1u << 3) | (1u << 5) | (1u << 8);  // BMI1 AVX2 BMI2
  if ((b & need7) != need7) return 0;
  const uint32_t leaf7 = b;
  if (!__get_cpuid(0x80000001u, &a, &b, &c, &d) || !(c & (1u << 5))) return 0;  // LZCNT
  const uint32_t need512 = (1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31);  // F DQ CD BW VL
  if ((leaf7 & need512) != need512) return 2;
  if ((lorascope_xcr0() & 0xe6) != 0xe6) return 2;
  return 3;
}

// AVX512-BF16: dot products of pairs of bfloat16 values. Asked of a processor of level 3 only.
static inline int lorascope_has_bfloat16(void) {
  uint32_t a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5));
}

// AMX with bfloat16: the processor has it, the operating system saves its registers, and lets this process use them, which has to be asked
// for. Asked of a processor of level 3 only.
static inline int lorascope_takes_tiles(void) {
#if defined(__linux__)
  uint32_t a, b, c, d;
  const uint32_t need = (1u << 22) | (1u << 24);  // AMX-BF16 AMX-TILE
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & need) != need) return 0;
  if (!lorascope_has_bfloat16() || (lorascope_xcr0() & 0x60000) != 0x60000) return 0;
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;  // ARCH_REQ_XCOMP_PERM, the tiles' data
#else
  return 0;
#endif
}

static inline void lorascope_relax(void) { __asm__ volatile("pause"); }
#elif defined(__aarch64__)
static inline int lorascope_x86_level(void) { return 0; }
static inline int lorascope_has_bfloat16(void) { return 0; }
static inline int lorascope_takes_tiles(void) { return 0; }
static inline void lorascope_relax(void) { __asm__ volatile("yield"); }
#else
static inline int lorascope_x86_level(void) { return 0; }
static inline int lorascope_has_bfloat16(void) { return 0; }
static inline int lorascope_takes_tiles(void) { return 0; }
static inline void lorascope_relax(void) {}
#endif

#if defined(__linux__)
// Sleeps as long as *word is `value`; may return early. syscall() is variadic, which Swift does not import.
static inline void lorascope_sleep_while(const void *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

// Wakes all who sleep on the word.
static inline void lorascope_wake_all(const void *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
}
#else
#include <sched.h>

static inline void lorascope_sleep_while(const void *word, uint32_t value) { sched_yield(); }
static inline void lorascope_wake_all(const void *word) {}
#endif

#endif
