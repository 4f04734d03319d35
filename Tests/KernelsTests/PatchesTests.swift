import Kernels
import Testing

/// Patches, pixel shuffle and column sums, value by value.
@Suite struct PatchesTests {
  @Test(arguments: [(size: 6, side: 3, images: 2), (5, 1, 1), (28, 7, 3)])
  func patchesAreTheConvolutionsInputs(size: Int, side: Int, images: Int) {
    var random = TestRandom(41)
    let pixels = (0..<images).map { _ in random.floats(3 * size * size) }
    let across = size / side
    let (rows, columns) = (images * across * across, Patches.columns(side: side))
    let got = sameBits { team in
      let output = FloatBuffer(count: rows * columns)
      team.run { w in Patches.forward(w, images: pixels, size: size, side: side, into: output.rows(rows, columns)) }
      return output.array
    }
    var wanted: [Float] = []
    for image in 0..<images {
      for row in 0..<across {
        for column in 0..<across {
          for colour in 0..<3 {
            for y in 0..<side {
              for x in 0..<side {
                wanted.append(pixels[image][(colour * size + row * side + y) * size + column * side + x])
              }
            }
          }
        }
      }
    }
    #expect(got == wanted)
  }

  @Test(arguments: [(side: 4, factor: 2, width: 5, images: 3), (6, 3, 7, 1), (3, 1, 4, 2), (12, 2, 33, 2)])
  func pixelShuffleIsIdefics3s(side: Int, factor: Int, width: Int, images: Int) {
    var random = TestRandom(42)
    let x = random.buffer(images * side * side * width)
    let (rows, columns) = (images * side * side / (factor * factor), width * factor * factor)
    let got = sameBits { team in
      let output = FloatBuffer(count: rows * columns)
      let back = FloatBuffer(count: x.count)
      team.run { w in
        PixelShuffle.forward(
          w, x: x.rows(images * side * side, width), side: side, factor: factor, into: output.rows(rows, columns))
        PixelShuffle.backward(
          w, dy: output.rows(rows, columns), side: side, factor: factor, into: back.rows(images * side * side, width))
      }
      return output.array + back.array
    }
    // Views and permutations one after another, as transformers' `pixel_shuffle` has them.
    let values = x.array
    let narrow = side / factor
    var wanted: [Float] = []
    for image in 0..<images {
      let own = Array(values[image * side * side * width..<(image + 1) * side * side * width])
      // [side, narrow, wide], permuted to [narrow, side, wide], read as [narrow, narrow, factor · wide], permuted back.
      let wide = width * factor
      var turned: [Float] = []
      for column in 0..<narrow {
        for row in 0..<side {
          let start = (row * narrow + column) * wide
          turned += own[start..<start + wide]
        }
      }
      for row in 0..<narrow {
        for column in 0..<narrow {
          wanted += turned[(column * narrow + row) * columns..<(column * narrow + row + 1) * columns]
        }
      }
    }
    #expect(got == wanted + values)
  }

  @Test(arguments: [[1, 1], [7, 5], [300, 33], [41, 200]], [false, true])
  func columnSums(shape: [Int], accumulate: Bool) {
    let (t, d) = (shape[0], shape[1])
    var random = TestRandom(43)
    let x = random.buffer(t * (d + 2))
    let got = sameBits { team in
      let sums = FloatBuffer([Float](repeating: 3, count: d))
      team.run { w in
        Elementwise.columnSums(
          w, Rows(x.pointer, rows: t, columns: d, stride: d + 2), into: sums.pointer, accumulate: accumulate)
      }
      return sums.array
    }
    let wanted = (0..<d).map { j in
      (0..<t).reduce(accumulate ? 3 : 0.0) { $0 + Double(x.array[$1 * (d + 2) + j]) }
    }
    expectClose(got, wanted)
  }
}
