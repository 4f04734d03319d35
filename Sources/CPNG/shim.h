// Reading PNG: libpng reports errors with longjmp, which Swift code must not be jumped over, so a picture is read in one
// C function. Its simplified interface needs no longjmp but corrects gamma and rounds 16-bit samples, and then a picture
// has other values than in the libraries that models are trained with.
#ifndef LORASCOPE_CPNG_SHIM_H
#define LORASCOPE_CPNG_SHIM_H

#include <png.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
  // What libpng said of an error, ended with 0.
  char message[160];
} cpng_source;

static inline void cpng_read(png_structp png, png_bytep out, png_size_t count) {
  cpng_source *source = (cpng_source *)png_get_io_ptr(png);
  if (count > source->count - source->position) png_error(png, "the file ends too early");
  memcpy(out, source->bytes + source->position, count);
  source->position += count;
}

static inline void cpng_fail(png_structp png, png_const_charp message) {
  cpng_source *source = (cpng_source *)png_get_error_ptr(png);
  strncpy(source->message, message, sizeof source->message - 1);
  png_longjmp(png, 1);
}

static inline void cpng_ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

// Decodes the whole picture to 8-bit red, green and blue, [height, width, 3]. Samples keep their values whatever the file
// says of gamma and profiles; of 16 bits the upper 8 are taken; alpha is dropped.
// Returns 1, or 0 with the reason in source->message. The size must be the one that the file's header has.
static inline int cpng_decode(cpng_source *source, uint32_t width, uint32_t height, uint8_t *pixels) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, cpng_fail, cpng_ignore);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    strcpy(source->message, "out of memory");
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  png_set_read_fn(png, source, cpng_read);
  png_set_user_limits(png, width, height);
  // Texts and profiles are read for nothing; what they claim to be long must not be allocated.
  png_set_chunk_malloc_max(png, 4 << 20);
  png_set_chunk_cache_max(png, 128);
  png_read_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
    png_error(png, "the header has another size");
  }
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t stride = 3 * (size_t)width;
  if (png_get_rowbytes(png, info) != stride) png_error(png, "unusual samples");
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t row = 0; row < height; row++) png_read_row(png, pixels + row * stride, NULL);
  }
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return 1;
}

#endif
