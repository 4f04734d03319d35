// AMX: eight registers that each hold a tile, up to sixteen rows of 64 bytes. What Swift cannot say.
#ifndef LORASCOPE_TILES_H
#define LORASCOPE_TILES_H

#include <stdint.h>

#if defined(__AMX_BF16__)
typedef struct {
  uint8_t palette, start, none[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} __attribute__((aligned(64))) lorascope_tile_shapes;

// Registers 0 to 3 hold results and 4 and 5 left-hand sides, `rows` rows of each; 6 and 7 hold right-hand sides, of sixteen steps of pairs.
// The shapes are the thread's own. Said once and not for each product, which would take as long as a short one.
static inline __attribute__((always_inline)) void lorascope_shape_tiles(int rows) {
  static _Thread_local int shaped = 0;
  if (shaped == rows) return;
  lorascope_tile_shapes shapes = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    shapes.row_bytes[i] = 64;
    shapes.rows[i] = (uint8_t)(i < 6 ? rows : 16);
  }
  __builtin_ia32_tile_loadconfig(&shapes);
  shaped = rows;
}

// Room of the thread's own: results of two tiles one under the other, [24, 32], and a square of sixteen. On the stack Swift would have no more than
// a KB of it, and take the rest from the heap, which cost about 7 % of a training step.
static inline __attribute__((always_inline)) float *_Nonnull lorascope_tile_room(void) {
  static _Thread_local float room[24 * 32 + 16 * 16] __attribute__((aligned(64)));
  return room;
}

// A register's number is part of the instruction.
#define LORASCOPE_RESULT(NUMBER)                                                                                    \
  static inline __attribute__((always_inline)) void lorascope_clear_tile##NUMBER(void) {                            \
    __builtin_ia32_tilezero(NUMBER);                                                                                \
  }                                                                                                                 \
  static inline __attribute__((always_inline)) void lorascope_store_tile##NUMBER(float *_Nonnull p, long bytes) {   \
    __builtin_ia32_tilestored64(NUMBER, p, (unsigned long)bytes);                                                   \
  }
#define LORASCOPE_LOAD(NUMBER)                                                                                      \
  static inline __attribute__((always_inline)) void lorascope_load_tile##NUMBER(const float *_Nonnull p, long bytes) { \
    __builtin_ia32_tileloadd64(NUMBER, p, (unsigned long)bytes);                                                    \
  }
// Result += left · right, of pairs of bfloat16 values.
#define LORASCOPE_ADD_TILES(RESULT, LEFT, RIGHT)                                                                    \
  static inline __attribute__((always_inline)) void lorascope_add_tiles##RESULT(void) {                             \
    __builtin_ia32_tdpbf16ps(RESULT, LEFT, RIGHT);                                                                  \
  }

LORASCOPE_RESULT(0)
LORASCOPE_RESULT(1)
LORASCOPE_RESULT(2)
LORASCOPE_RESULT(3)
LORASCOPE_LOAD(0)
LORASCOPE_LOAD(1)
LORASCOPE_LOAD(2)
LORASCOPE_LOAD(3)
LORASCOPE_LOAD(4)
LORASCOPE_LOAD(5)
LORASCOPE_LOAD(6)
LORASCOPE_LOAD(7)
LORASCOPE_ADD_TILES(0, 4, 6)
LORASCOPE_ADD_TILES(1, 4, 7)
LORASCOPE_ADD_TILES(2, 5, 6)
LORASCOPE_ADD_TILES(3, 5, 7)
#endif

#endif
