import Kernels
import Testing

/// The gated delta rule against its definition in double precision: in packed sequences, from states, and step by step.
@Suite struct GatedDeltaTests {
  struct Case: CustomTestStringConvertible {
    var shape: GatedDeltaShape
    var lengths: [Int]

    init(_ keyHeads: Int, _ valueHeads: Int, _ keySize: Int, _ valueSize: Int, width: Int, _ lengths: [Int]) {
      shape = GatedDeltaShape(
        keyHeads: keyHeads, valueHeads: valueHeads, keySize: keySize, valueSize: valueSize, width: width)
      self.lengths = lengths
    }

    var testDescription: String {
      "\(shape.keyHeads)/\(shape.valueHeads) heads of \(shape.keySize)×\(shape.valueSize), width \(shape.width), sequences of \(lengths)"
    }
    var tokens: Int { lengths.reduce(0, +) }
    var positions: [Int32] { lengths.flatMap { (0..<$0).map { Int32($0) } } }
    /// Where each sequence begins.
    var starts: [Int32] { lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1)) } }
  }

  /// Sizes between vectors and panels, shorter and longer than the convolution and than a chunk of the backward pass.
  static let cases = [
    Case(1, 1, 1, 1, width: 1, [3]), Case(1, 2, 5, 3, width: 4, [1, 2, 9, 1]), Case(2, 2, 7, 18, width: 3, [13, 4]),
    Case(2, 6, 4, 33, width: 2, [11, 20]), Case(1, 1, 128, 128, width: 4, [70, 3]),
  ]

  private struct Data: Sendable {
    let inputs: FloatBuffer
    let dy: FloatBuffer
    let rule: GatedDelta
    let reference: ReferenceDelta

    init(_ test: Case) {
      let shape = test.shape
      var random = TestRandom(29)
      inputs = random.buffer(test.tokens * shape.inputs, in: -2...2)
      dy = random.buffer(test.tokens * shape.valueWidth)
      let taps = random.buffer(shape.width * shape.channels)
      let decay = random.buffer(shape.valueHeads, in: -3...0.5)
      let timeBias = random.buffer(shape.valueHeads)
      let norm = random.buffer(shape.valueSize, in: 0.5...1.5)
      rule = GatedDelta(shape, taps: taps, decay: decay, timeBias: timeBias, norm: norm, epsilon: 1e-5)
      reference = ReferenceDelta(
        shape: shape, taps: taps.array.doubles, decay: decay.array.doubles, timeBias: timeBias.array.doubles,
        norm: norm.array.doubles, epsilon: Double(Float(1e-5)), lengths: test.lengths)
    }
  }

  @Test(arguments: cases) func forwardAndBackward(test: Case) {
    let (data, shape, t) = (Data(test), test.shape, test.tokens)
    let (positions, starts) = (Int32List(test.positions), Int32List(test.starts))
    let got = sameBits { team in
      let o = FloatBuffer(count: t * shape.valueWidth)
      let y = FloatBuffer(count: t * shape.valueWidth)
      let room = FloatBuffer(count: t * shape.roomColumns)
      let statistics = FloatBuffer(count: t * shape.valueHeads)
      let dy = FloatBuffer(data.dy.array)
      let gradient = FloatBuffer([Float](repeating: .nan, count: t * shape.inputs))
      team.run { w in
        let inputs = data.inputs.rows(t, shape.inputs)
        data.rule.forward(
          w, inputs: inputs, positions: positions.pointer, sequenceStarts: starts.pointer,
          sequences: test.lengths.count, room: room.rows(t, shape.roomColumns), into: o.rows(t, shape.valueWidth))
        data.rule.finish(w, o.rows(t, shape.valueWidth), inputs: inputs, into: y.rows(t, shape.valueWidth))
        data.rule.backward(
          w, dy: dy.rows(t, shape.valueWidth), o: o.rows(t, shape.valueWidth), inputs: inputs,
          positions: positions.pointer, sequenceStarts: starts.pointer, sequences: test.lengths.count,
          room: room.rows(t, shape.roomColumns), inverseRMS: statistics.pointer, into: gradient.rows(t, shape.inputs))
      }
      return y.array + gradient.array
    }
    let point = data.inputs.array.doubles
    let y = Array(got.prefix(t * shape.valueWidth))
    let gradient = Array(got.dropFirst(t * shape.valueWidth))
    expectClose(y, data.reference.forward(point), "y")
    func loss(_ inputs: [Double]) -> Double {
      var sum = 0.0
      for (y, gradient) in zip(data.reference.forward(inputs), data.dy.array) { sum += y * Double(gradient) }
      return sum
    }
    // Every input of small cases, and some of each kind and of each token of large ones.
    let step = max(1, point.count / (shape.keySize > 64 ? 24 : 400))
    let indices = Array(stride(from: 0, to: point.count, by: step | 1))
    let slopes = indices.map { index in
      var shifted = point
      shifted[index] += 1e-4
      let up = loss(shifted)
      shifted[index] -= 2e-4
      return (up - loss(shifted)) / 2e-4
    }
    #expect(gradient.allSatisfy { $0.isFinite })
    expectClose(indices.map { gradient[$0] }, slopes, within: 1e-9, "gradient")
  }

  /// Prompts that begin alike share rows, go on from a state, and are continued one token at a time beside others: the bits of whole sequences.
  @Test(arguments: cases) func statesGiveTheSameBits(test: Case) {
    let (data, shape) = (Data(test), test.shape)
    let length = test.lengths.max() ?? 0
    let first = test.lengths.firstIndex(of: length).map { Int(test.starts[$0]) } ?? 0
    let source = data.inputs.pointer + first * shape.inputs
    let inputs = Rows(source, rows: length, columns: shape.inputs)
    let whole = FloatBuffer(count: length * shape.valueWidth)
    let states = (0..<3).map { _ in
      FloatBuffer([Float](repeating: .nan, count: shape.stateSize + shape.historySize + 1))
    }
    let views = states.map {
      KVView(keys: $0.pointer, values: $0.pointer + shape.stateSize, stride: 0, headStride: 0)
    }
    let all = Int32List((0..<length).map { Int32($0) })
    let ends = Int32List([0, Int32(length)])
    let room = FloatBuffer(count: 3 * length * shape.roomColumns)
    // A state of the first tokens; two more sequences whose next tokens are rows of both; then one by one.
    let (held, common) = (length / 4, length / 2)
    let prompt = FloatBuffer(count: 3 * length * shape.valueWidth)
    let rows = (length - held) + 2 * (length - common)
    let packed = FloatBuffer(count: rows * shape.inputs)
    let parts = [held..<length, common..<length, common..<length]
    var place = 0
    for part in parts {
      (packed.pointer + place * shape.inputs).update(
        from: source + part.lowerBound * shape.inputs, count: part.count * shape.inputs)
      place += part.count
    }
    let firsts = Int32List([0, Int32(length - held), Int32(length - held + length - common), Int32(rows)])
    let pasts = Int32List([held, common, common].map { Int32($0) })
    let helds = Int32List([held, held, held].map { Int32($0) })
    let shared = (0..<common - held).map { Int32($0) }
    let own = (0..<3).map { index in (Int(firsts.pointer[index])..<Int(firsts.pointer[index + 1])).map { Int32($0) } }
    let lists = [own[0], shared + own[1], shared + own[2]]
    let places = Int32List(lists.flatMap { $0 })
    let starts = Int32List(lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) })
    let zero = Int32List([0, 0, 0])
    let steps = FloatBuffer(count: 2 * length * shape.valueWidth)
    views.withUnsafeBufferPointer { views in
      let caches = Pointer(views.baseAddress.unsafelyUnwrapped)
      for threads in 1...3 {
        usedTeam(threads: threads).run { w in
          let roomRows = room.rows(3 * length, shape.roomColumns)
          data.rule.forward(
            w, inputs: inputs, positions: all.pointer, sequenceStarts: ends.pointer, sequences: 1, room: roomRows,
            into: whole.rows(length, shape.valueWidth))
          if held > 0 {
            let end = Int32List([0, Int32(held)])
            for index in 0..<3 {
              data.rule.forward(
                w, inputs: inputs.rows(from: 0, count: held),
                rows: SharedRows(
                  firsts: end.pointer, pasts: zero.pointer, held: zero.pointer, starts: end.pointer, rows: all.pointer),
                sequences: 1, states: caches.value + index, room: roomRows, into: steps.rows(held, shape.valueWidth))
            }
          }
          data.rule.forward(
            w, inputs: packed.rows(rows, shape.inputs),
            rows: SharedRows(
              firsts: firsts.pointer, pasts: pasts.pointer, held: helds.pointer, starts: starts.pointer,
              rows: places.pointer), sequences: 3, states: caches.value, room: roomRows,
            into: prompt.rows(rows, shape.valueWidth))
        }
        let bits = whole.array.map(\.bitPattern)
        var next = 0
        for part in parts {
          let found = prompt.array[next * shape.valueWidth..<(next + part.count) * shape.valueWidth].map(\.bitPattern)
          #expect(found == Array(bits[part.lowerBound * shape.valueWidth..<length * shape.valueWidth]))
          next += part.count
        }
        for position in 0..<length {
          let lengths = Int32List([Int32(position + 1), Int32(position + 1)])
          let pair = FloatBuffer(count: 2 * shape.inputs)
          for row in 0..<2 {
            (pair.pointer + row * shape.inputs).update(from: source + position * shape.inputs, count: shape.inputs)
          }
          let out = FloatBuffer(count: 2 * shape.valueWidth)
          usedTeam(threads: threads).run { w in
            data.rule.decode(
              w, inputs: pair.rows(2, shape.inputs), states: caches.value, lengths: lengths.pointer,
              room: room.rows(2, shape.roomColumns), into: out.rows(2, shape.valueWidth))
          }
          let wanted = Array(bits[position * shape.valueWidth..<(position + 1) * shape.valueWidth])
          #expect(out.array.map(\.bitPattern) == wanted + wanted)
        }
      }
    }
    withExtendedLifetime((states, packed)) {}
  }

  /// Queries and gates apart, and together again.
  @Test(arguments: [(1, 1, 0), (3, 5, 7), (8, 16, 32)]) func queriesAndGates(heads: Int, size: Int, rest: Int) {
    let columns = 2 * heads * size + rest
    let values = FloatBuffer((0..<3 * columns).map { Float($0) })
    let got = sameBits { team in
      let rows = FloatBuffer(values.array)
      team.run { w in OutputGate.separate(w, rows.rows(3, columns), heads: heads, headSize: size) }
      let apart = rows.array
      team.run { w in OutputGate.join(w, rows.rows(3, columns), heads: heads, headSize: size) }
      return apart + rows.array
    }
    #expect(Array(got.dropFirst(3 * columns)) == values.array)
    for row in 0..<3 {
      for head in 0..<heads {
        for feature in 0..<size {
          let (query, gate) = (
            row * columns + head * size + feature, row * columns + heads * size + rest + head * size + feature
          )
          #expect(got[query] == Float(row * columns + 2 * head * size + feature))
          #expect(got[gate] == Float(row * columns + (2 * head + 1) * size + feature))
        }
      }
      for place in 0..<rest {
        #expect(got[row * columns + heads * size + place] == Float(row * columns + 2 * heads * size + place))
      }
    }
  }
}
