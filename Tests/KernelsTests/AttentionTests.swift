import Kernels
import Testing

@Suite struct AttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var heads: Int
    var kvHeads: Int
    var headSize: Int
    var lengths: [Int]
    var window: Int? = nil
    var softCap: Float? = nil
    var isCausal = true
    var testDescription: String {
      "\(heads)/\(kvHeads)×\(headSize), \(lengths)" + (window.map { ", window \($0)" } ?? "")
        + (softCap.map { ", capped at \($0)" } ?? "")
        + (isCausal ? "" : ", without a mask")
    }
    var shape: AttentionShape {
      AttentionShape(
        heads: heads, kvHeads: kvHeads, headSize: headSize, window: window, softCap: softCap, isCausal: isCausal)
    }
    func reference(starts: [Int]) -> ReferenceAttention {
      ReferenceAttention(
        heads: heads, kvHeads: kvHeads, headSize: headSize, scale: Double(shape.scale), starts: starts,
        window: window, softCap: softCap.map(Double.init), isCausal: isCausal)
    }
    var starts: [Int] { lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) } }
  }

  static let cases = [
    Case(heads: 1, kvHeads: 1, headSize: 5, lengths: [1]),
    Case(heads: 4, kvHeads: 2, headSize: 20, lengths: [7, 1, 13]),
    Case(heads: 2, kvHeads: 1, headSize: 32, lengths: [20, 97]),
    Case(heads: 4, kvHeads: 2, headSize: 64, lengths: [5, 40, 0, 33]),
    Case(heads: 1, kvHeads: 1, headSize: 5, lengths: [400]),
    Case(heads: 4, kvHeads: 2, headSize: 20, lengths: [7, 1, 13], window: 2),
    Case(heads: 2, kvHeads: 1, headSize: 32, lengths: [20, 97], window: 17),
    Case(heads: 2, kvHeads: 2, headSize: 6, lengths: [700, 3], window: 130),
    Case(heads: 2, kvHeads: 1, headSize: 32, lengths: [20, 97], softCap: 0.7),
    Case(heads: 5, kvHeads: 1, headSize: 96, lengths: [257, 1, 290]),
    Case(heads: 9, kvHeads: 1, headSize: 128, lengths: [129, 3, 40]),
    Case(heads: 3, kvHeads: 1, headSize: 9, lengths: [5, 450], window: 401, softCap: 1.5),
  ]

  static let unmasked = [
    Case(heads: 1, kvHeads: 1, headSize: 5, lengths: [1], isCausal: false),
    Case(heads: 2, kvHeads: 2, headSize: 12, lengths: [9, 9, 9], isCausal: false),
    Case(heads: 4, kvHeads: 2, headSize: 20, lengths: [7, 1, 13, 0, 144], isCausal: false),
    Case(heads: 1, kvHeads: 1, headSize: 7, lengths: [289, 11], isCausal: false),
    Case(heads: 3, kvHeads: 3, headSize: 32, lengths: [576, 200], isCausal: false),
    Case(heads: 2, kvHeads: 1, headSize: 33, lengths: [3, 401, 385], softCap: 0.9, isCausal: false),
  ]

  /// Output, log-sum-exp, and the gradients of q, k and v.
  private static func passes(
    _ c: Case, _ arithmetic: ProductArithmetic, _ team: WorkerTeam, q: FloatBuffer, k: FloatBuffer, v: FloatBuffer,
    dOut: FloatBuffer
  ) -> [FloatBuffer] {
    let tokens = c.starts.last ?? 0
    let (width, kvWidth) = (c.heads * c.headSize, c.kvHeads * c.headSize)
    let (out, logSumExp) = (FloatBuffer(count: q.count), FloatBuffer(count: tokens * c.heads))
    let (dQ, dK, dV) = (FloatBuffer(count: q.count), FloatBuffer(count: k.count), FloatBuffer(count: v.count))
    c.starts.map(Int32.init).withUnsafeBufferPointer { starts in
      let pointer = Pointer(starts.baseAddress.unsafelyUnwrapped)
      team.run { w in
        let w = w.multiplying(in: arithmetic)
        Attention.forward(
          w, q: q.rows(tokens, width), k: k.rows(tokens, kvWidth), v: v.rows(tokens, kvWidth),
          into: out.rows(tokens, width), logSumExp: logSumExp.pointer, shape: c.shape, sequenceStarts: pointer.value,
          sequences: c.lengths.count)
        Attention.backward(
          w, dOut: dOut.rows(tokens, width), q: q.rows(tokens, width), k: k.rows(tokens, kvWidth),
          v: v.rows(tokens, kvWidth), out: out.rows(tokens, width), logSumExp: logSumExp.pointer,
          dQ: dQ.rows(tokens, width), dK: dK.rows(tokens, kvWidth), dV: dV.rows(tokens, kvWidth), shape: c.shape,
          sequenceStarts: pointer.value, sequences: c.lengths.count)
      }
    }
    return [out, logSumExp, dQ, dK, dV]
  }

  @Test(arguments: cases + unmasked, ProductArithmetic.allCases.filter(\.isAvailable))
  func forwardAndBackward(_ c: Case, arithmetic: ProductArithmetic) {
    var random = TestRandom(7)
    let tokens = c.starts.last ?? 0
    let d = c.headSize
    // In bfloat16 only the probabilities and their gradients are then rounded.
    func input(_ buffer: FloatBuffer) -> FloatBuffer {
      arithmetic == .bfloat16 ? FloatBuffer(rounded(buffer.array).map { Float($0) }) : buffer
    }
    let q = input(random.buffer(tokens * c.heads * d, in: -2...2))
    let k = input(random.buffer(tokens * c.kvHeads * d, in: -2...2))
    let v = input(random.buffer(tokens * c.kvHeads * d))
    let dOut = input(random.buffer(tokens * c.heads * d))
    let reference = c.reference(starts: c.starts)
    let sizes = [q.count, tokens * c.heads, q.count, k.count, v.count]
    let got = sameBits { Self.passes(c, arithmetic, $0, q: q, k: k, v: v, dOut: dOut).flatMap(\.array) }
    let (qd, kd, vd, gd) = (q.array.doubles, k.array.doubles, v.array.doubles, dOut.array.doubles)
    let forward = reference.forward(qd, kd, vd)
    let backward = reference.backward(gd, qd, kd, vd)
    var offset = 0
    let wanted = [forward.out, forward.logSumExp, backward.dQ, backward.dK, backward.dV]
    for (name, (size, values)) in zip(["out", "logSumExp", "dQ", "dK", "dV"], zip(sizes, wanted)) {
      let isExact = arithmetic == .float32 || name == "logSumExp"
      let result = Array(got[offset..<offset + size])
      expectClose(result, values, within: isExact ? 1e-10 : 8e-6, name)
      if !isExact, tokens > 20 { #expect(normalisedError(result, values) > 1e-8, "\(name) was not rounded") }
      offset += size
    }
  }

  /// Keys with much in common, as biases make them, of which the gradients of the queries know nothing: what is rounded of dO must not bring
  /// it in.
  @Test(.enabled(if: ProductArithmetic.bfloat16.isAvailable)) func commonPartsOfKeysCancel() {
    var random = TestRandom(10)
    let c = Case(heads: 2, kvHeads: 1, headSize: 32, lengths: [20, 97])
    let tokens = 117
    let q = random.buffer(tokens * 64, in: -0.2...0.2)
    let plain = random.floats(tokens * 32)
    let k = FloatBuffer(plain.map { $0 + 20 })
    let v = random.buffer(tokens * 32)
    let dOut = random.buffer(tokens * 64)
    let got = sameBits { Self.passes(c, .bfloat16, $0, q: q, k: k, v: v, dOut: dOut)[2].array }
    let reference = c.reference(starts: c.starts)
    // Rounded, keys around 20 are what they are here.
    let wanted = reference.backward(dOut.array.doubles, q.array.doubles, rounded(k.array), v.array.doubles).dQ
    let error = normalisedError(got, wanted)
    #expect(error < 0.0075, "normalised error \(error)")
  }

  /// A window is of causal attention only.
  @Test(arguments: [(nil, true), (nil, false), (2, true)] as [(Int?, Bool)])
  func referenceGradientsAgreeWithFiniteDifferences(window: Int?, isCausal: Bool) {
    var random = TestRandom(8)
    let reference = ReferenceAttention(
      heads: 2, kvHeads: 1, headSize: 3, scale: 0.6, starts: [0, 4, 6], window: window,
      softCap: window.map { _ in 0.4 }, isCausal: isCausal)
    let q = random.floats(6 * 2 * 3).doubles
    let k = random.floats(6 * 3).doubles
    let v = random.floats(6 * 3).doubles
    let g = random.floats(6 * 2 * 3).doubles
    let loss = { (q: [Double], k: [Double], v: [Double]) in
      zip(reference.forward(q, k, v).out, g).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradients = reference.backward(g, q, k, v)
    expectGradient(gradients.dQ, of: { loss($0, k, v) }, at: q)
    expectGradient(gradients.dK, of: { loss(q, $0, v) }, at: k)
    expectGradient(gradients.dV, of: { loss(q, k, $0) }, at: v)
  }

  @Test(arguments: cases) func decodingAgreesWithTheLastRow(_ c: Case) {
    var random = TestRandom(9)
    let d = c.headSize
    let width = c.kvHeads * d
    let shape = c.shape
    let lengths = c.lengths.filter { $0 > 0 }
    let q = random.buffer(lengths.count * c.heads * d, in: -2...2)
    let keys = lengths.map { random.buffer(($0 + 3) * width, in: -2...2) }
    let values = lengths.map { random.buffer(($0 + 3) * width) }
    let views = zip(keys, values).map { KVView(keys: $0.pointer, values: $1.pointer, stride: width, headStride: d) }
    let counts = lengths.map(Int32.init)
    defer { withExtendedLifetime((keys, values)) {} }
    let sequences = lengths.count
    let got = sameBits { team in
      let out = FloatBuffer(count: q.count)
      views.withUnsafeBufferPointer { views in
        counts.withUnsafeBufferPointer { counts in
          let caches = Pointer(views.baseAddress.unsafelyUnwrapped)
          let lengths = Pointer(counts.baseAddress.unsafelyUnwrapped)
          team.run {
            Attention.decode(
              $0, q: q.rows(sequences, c.heads * d), caches: caches.value, lengths: lengths.value,
              into: out.rows(sequences, c.heads * d), shape: shape)
          }
        }
      }
      return out.array
    }
    var wanted: [Double] = []
    for (n, length) in lengths.enumerated() {
      let reference = c.reference(starts: [0, length])
      let own = q.array[n * c.heads * d..<(n + 1) * c.heads * d]
      let queries = [Double](repeating: 0, count: (length - 1) * c.heads * d) + Array(own).doubles
      let out = reference.forward(
        queries, Array(keys[n].array.prefix(length * width)).doubles,
        Array(values[n].array.prefix(length * width)).doubles
      ).out
      wanted += out.suffix(c.heads * d)
    }
    expectClose(got, wanted)
  }

  /// Continuous batching relies on it: what is decoded beside a sequence does not change its bits.
  @Test func decodingASequenceAloneOrBesideALongerOneIsTheSame() {
    var random = TestRandom(10)
    let shape = AttentionShape(heads: 4, kvHeads: 2, headSize: 32)
    let lengths: [Int32] = [70, 600, 256]
    let q = random.buffer(3 * 128, in: -2...2)
    let keys = lengths.map { random.buffer(Int($0) * 64, in: -2...2) }
    let values = lengths.map { random.buffer(Int($0) * 64) }
    let views = zip(keys, values).map { KVView(keys: $0.pointer, values: $1.pointer, stride: 64, headStride: 32) }
    defer { withExtendedLifetime((keys, values)) {} }
    func decode(_ range: Range<Int>) -> [Float] {
      let out = FloatBuffer(count: range.count * 128)
      views.withUnsafeBufferPointer { views in
        lengths.withUnsafeBufferPointer { lengths in
          let caches = Pointer(views.baseAddress.unsafelyUnwrapped + range.lowerBound)
          let counts = Pointer(lengths.baseAddress.unsafelyUnwrapped + range.lowerBound)
          let queries = Rows(q.pointer + range.lowerBound * 128, rows: range.count, columns: 128)
          WorkerTeam(threads: 2).run {
            Attention.decode(
              $0, q: queries, caches: caches.value, lengths: counts.value, into: out.rows(range.count, 128),
              shape: shape)
          }
        }
      }
      return out.array
    }
    #expect(decode(0..<3) == (0..<3).flatMap { decode($0..<$0 + 1) })
  }

  /// Heads by themselves, as decoding keeps them, or side by side in rows.
  @Test(arguments: [1, 40, 300]) func whereACacheKeepsItsHeadsDoesNotMatter(length: Int) {
    var random = TestRandom(11)
    let shape = AttentionShape(heads: 6, kvHeads: 3, headSize: 24)
    let (width, room) = (72, length + 5)
    let q = random.buffer(144, in: -2...2)
    let (rowKeys, rowValues) = (random.buffer(room * width, in: -2...2), random.buffer(room * width))
    let (headKeys, headValues) = (FloatBuffer(count: room * width), FloatBuffer(count: room * width))
    let rows = KVView(keys: rowKeys.pointer, values: rowValues.pointer, stride: width, headStride: 24)
    let heads = KVView(keys: headKeys.pointer, values: headValues.pointer, stride: 24, headStride: room * 24)
    for position in 0..<length {
      heads.store(
        keys: rowKeys.pointer + position * width, values: rowValues.pointer + position * width, position: position,
        kvHeads: 3, headSize: 24)
    }
    func decode(_ view: KVView) -> [Float] {
      let out = FloatBuffer(count: 144)
      withUnsafePointer(to: view) { view in
        withUnsafePointer(to: Int32(length)) { count in
          let (caches, counts) = (Pointer(view), Pointer(count))
          WorkerTeam(threads: 2).run {
            Attention.decode(
              $0, q: q.rows(1, 144), caches: caches.value, lengths: counts.value, into: out.rows(1, 144), shape: shape)
          }
        }
      }
      return out.array
    }
    #expect(decode(heads) == decode(rows))
    withExtendedLifetime((rowKeys, rowValues, headKeys, headValues)) {}
  }
}
