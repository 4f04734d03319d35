import Kernels
import Testing

/// Gated short convolutions against their definition in double precision, in packed sequences and step by step.
@Suite struct ShortConvolutionTests {
  struct Shape: CustomTestStringConvertible {
    var features: Int
    var width: Int
    var lengths: [Int]

    var testDescription: String { "\(width) taps of \(features), sequences of \(lengths)" }
    var tokens: Int { lengths.reduce(0, +) }
    /// Rows of inputs lie farther apart than they are wide.
    var stride: Int { 3 * features + 5 }
    var positions: [Int32] { lengths.flatMap { (0..<$0).map { Int32($0) } } }
    /// Where each sequence begins.
    var starts: [Int] { lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) } }
  }

  /// Shorter than the convolution, as long, longer; sequences side by side of one token each.
  static let shapes = [
    Shape(features: 1, width: 1, lengths: [3]), Shape(features: 5, width: 3, lengths: [1, 1, 2, 7]),
    Shape(features: 20, width: 3, lengths: [4, 9]), Shape(features: 77, width: 2, lengths: [5, 1, 6]),
    Shape(features: 1024, width: 3, lengths: [40, 2, 33]), Shape(features: 33, width: 7, lengths: [6, 7, 8]),
  ]

  private struct Data: Sendable {
    let inputs: FloatBuffer
    let taps: FloatBuffer
    let dy: FloatBuffer

    init(_ shape: Shape) {
      var random = TestRandom(17)
      inputs = random.buffer(shape.tokens * shape.stride)
      taps = random.buffer(shape.width * shape.features)
      dy = random.buffer(shape.tokens * shape.features)
    }

    func rows(_ shape: Shape) -> Rows {
      Rows(inputs.pointer, rows: shape.tokens, columns: 3 * shape.features, stride: shape.stride)
    }

    func packed(_ shape: Shape) -> [Double] {
      var values: [Double] = []
      for t in 0..<shape.tokens {
        let row = inputs.pointer + t * shape.stride
        for j in 0..<3 * shape.features { values.append(Double(row[j])) }
      }
      return values
    }
  }

  @Test(arguments: shapes) func forwardAndBackward(shape: Shape) {
    let data = Data(shape)
    let reference = ReferenceConvolution(
      features: shape.features, width: shape.width, taps: data.taps.array.doubles, lengths: shape.lengths)
    let convolution = ShortConvolution(taps: data.taps, width: shape.width)
    let (t, d) = (shape.tokens, shape.features)
    let positions = Int32List(shape.positions)
    let got = sameBits { team in
      let y = FloatBuffer(count: t * d)
      let gradient = FloatBuffer(count: t * 3 * d)
      team.run { w in
        convolution.forward(w, inputs: data.rows(shape), positions: positions.pointer, into: y.rows(t, d))
        convolution.backward(
          w, dy: data.dy.rows(t, d), inputs: data.rows(shape), positions: positions.pointer,
          into: gradient.rows(t, 3 * d))
      }
      return y.array + gradient.array
    }
    expectClose(Array(got[..<(t * d)]), reference.forward(data.packed(shape)), "y")
    expectClose(
      Array(got[(t * d)...]), reference.backward(data.dy.array.doubles, data.packed(shape)), "gradient")
  }

  /// The reference's gradient is that of its forward pass.
  @Test func theReferenceAgreesWithFiniteDifferences() {
    let shape = Shape(features: 3, width: 3, lengths: [1, 5, 2])
    let data = Data(shape)
    let reference = ReferenceConvolution(
      features: 3, width: 3, taps: data.taps.array.doubles, lengths: shape.lengths)
    let dy = data.dy.array.doubles
    let point = data.packed(shape)
    func loss(_ inputs: [Double]) -> Double {
      var sum = 0.0
      for (y, gradient) in zip(reference.forward(inputs), dy) { sum += y * gradient }
      return sum
    }
    expectGradient(reference.backward(dy, point), of: loss, at: point)
  }

  /// A prompt through caches, and the tokens after it one by one beside other sequences: the bits of the pass without caches.
  @Test(arguments: shapes) func cachesGiveTheSameBits(shape: Shape) {
    let data = Data(shape)
    let convolution = ShortConvolution(taps: data.taps, width: shape.width)
    let (t, d) = (shape.tokens, shape.features)
    let starts = shape.starts
    let whole = FloatBuffer(count: t * d)
    let prompt = FloatBuffer(count: t * d)
    let steps = FloatBuffer(count: t * d)
    // Rows of a cache farther apart than a product is wide.
    let width = d + 3
    let room = FloatBuffer(count: t * width)
    let again = FloatBuffer(count: t * width)
    // Only pointers into them are used below.
    defer { withExtendedLifetime((room, again)) {} }
    func views(_ buffer: FloatBuffer) -> [KVView] {
      starts.dropLast().map {
        KVView(keys: buffer.pointer + $0 * width, values: buffer.pointer, stride: width, headStride: 0)
      }
    }
    let positions = Int32List(shape.positions)
    let past = Int32List(shape.lengths.map { _ in 0 })
    let firsts = Int32List(starts.map { Int32($0) })
    let (caches, stepped) = (views(room), views(again))
    caches.withUnsafeBufferPointer { caches in
      let all = Pointer(caches.baseAddress.unsafelyUnwrapped)
      usedTeam(threads: 2).run { w in
        convolution.forward(w, inputs: data.rows(shape), positions: positions.pointer, into: whole.rows(t, d))
        if w.index == 0 {
          for (sequence, start) in starts.dropLast().enumerated() {
            for row in start..<starts[sequence + 1] {
              convolution.keep(data.rows(shape), row: row, in: all.value[sequence], at: row - start)
            }
          }
        }
        w.barrier()
        convolution.forward(
          w, inputs: data.rows(shape), caches: all.value, past: past.pointer, into: prompt.rows(t, d),
          sequenceStarts: firsts.pointer, sequences: shape.lengths.count)
      }
    }
    #expect(prompt.array.map(\.bitPattern) == whole.array.map(\.bitPattern))
    for position in 0..<(shape.lengths.max() ?? 0) {
      let present = shape.lengths.indices.filter { shape.lengths[$0] > position }
      let inputs = FloatBuffer(count: present.count * 3 * d)
      for (row, sequence) in present.enumerated() {
        let place = (starts[sequence] + position) * shape.stride
        (inputs.pointer + row * 3 * d).update(from: data.inputs.pointer + place, count: 3 * d)
      }
      let y = FloatBuffer(count: present.count * d)
      let lengths = Int32List(present.map { _ in Int32(position + 1) })
      present.map { stepped[$0] }.withUnsafeBufferPointer { caches in
        let all = Pointer(caches.baseAddress.unsafelyUnwrapped)
        usedTeam(threads: 3).run { w in
          convolution.decode(
            w, inputs: inputs.rows(present.count, 3 * d), caches: all.value, lengths: lengths.pointer,
            into: y.rows(present.count, d))
        }
      }
      for (row, sequence) in present.enumerated() {
        (steps.pointer + (starts[sequence] + position) * d).update(from: y.pointer + row * d, count: d)
      }
    }
    #expect(steps.array.map(\.bitPattern) == whole.array.map(\.bitPattern))
  }
}

/// Whole numbers for a kernel.
///
/// `@unchecked Sendable`: written when it is made alone.
final class Int32List: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Int32>

  init(_ values: [Int32]) {
    pointer = .allocate(capacity: max(1, values.count))
    pointer.initialize(from: values, count: values.count)
  }

  deinit { pointer.deallocate() }
}
