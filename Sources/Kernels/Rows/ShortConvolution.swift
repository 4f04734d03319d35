/// The gated short convolution of LFM2: of an input's three parts B, C and x, `y_t = C_t ⊙ Σ_k w_k ⊙ B_{t−k} ⊙ x_{t−k}`, each feature by
/// itself, over a token and the few before it in its sequence.
public struct ShortConvolution: Sendable {
  /// `[width, d]`: row k is the factor of the token k places before. transformers' `conv.weight` `[d, 1, width]` ends with that of k = 0.
  public let taps: FloatBuffer
  public let width: Int

  public init(taps: FloatBuffer, width: Int) {
    self.taps = taps
    self.width = width
  }

  private var features: Int { taps.count / width }

  private func parts(_ inputs: Rows) -> (b: Rows, c: Rows, x: Rows) {
    let d = features
    return (
      inputs.columns(from: 0, count: d), inputs.columns(from: d, count: d), inputs.columns(from: 2 * d, count: d)
    )
  }

  /// Ends with a barrier.
  ///
  /// - Parameters:
  ///   - inputs: `[T, 3·d]` B, C and x side by side, the rows of a sequence one after the other.
  ///   - positions: `[T]` each row's place in its sequence, all of which is in these rows.
  ///   - y: `[T, d]`
  public func forward(_ w: Worker, inputs: Rows, positions: UnsafePointer<Int32>, into y: Rows) {
    let m = Microkernel.table
    let (b, c, x) = parts(inputs)
    Shards.forEachRow(w, rows: y.rows, columns: inputs.columns) { t in
      m.gatedConvolution(
        b.row(t), -b.stride, x.row(t), -x.stride, taps.pointer, min(width, Int(positions[t]) + 1), c.row(t), y.row(t),
        features)
    }
  }

  /// With `g_t = Σ_k w_k ⊙ dy_{t+k} ⊙ C_{t+k}` over the tokens after t in its sequence: `dB = g ⊙ x`, `dx = g ⊙ B`,
  /// `dC = dy ⊙ Σ_k w_k ⊙ B_{t−k} ⊙ x_{t−k}`. The taps get no gradient. Ends with a barrier.
  ///
  /// - Parameters:
  ///   - dy: `[T, d]`
  ///   - inputs, positions: as `forward` had them.
  ///   - gradient: `[T, 3·d]`, receives dB, dC and dx.
  public func backward(
    _ w: Worker, dy: Rows, inputs: Rows, positions: UnsafePointer<Int32>, into gradient: Rows
  ) {
    let m = Microkernel.table
    let (b, c, x) = parts(inputs)
    let (dB, dC, dX) = parts(gradient)
    Shards.forEachRow(w, rows: dy.rows, columns: inputs.columns) { t in
      m.gatedConvolution(
        b.row(t), -b.stride, x.row(t), -x.stride, taps.pointer, min(width, Int(positions[t]) + 1), dy.row(t),
        dC.row(t), features)
      var later = 1
      while later < width, t + later < dy.rows, Int(positions[t + later]) == Int(positions[t]) + later { later += 1 }
      for (gate, target) in [(x, dB), (b, dX)] {
        m.gatedConvolution(
          dy.row(t), dy.stride, c.row(t), c.stride, taps.pointer, later, gate.row(t), target.row(t), features)
      }
    }
  }
}

/// Where earlier tokens' products B ⊙ x lie in caches, as keys do: row p of a sequence's cache is that of its position p.
extension ShortConvolution {
  /// B ⊙ x of one row, for a cache.
  public func keep(_ inputs: Rows, row: Int, in cache: KVView, at position: Int) {
    let (b, _, x) = parts(inputs)
    // A norm's weighting by 1 multiplies and rounds once.
    Microkernel.table.scaleByWeight(b.row(row), x.row(row), 0, 1, cache.keys + position * cache.stride, features)
  }

  private func output(_ cache: KVView, position: Int, gate: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    Microkernel.table.gatedConvolution(
      cache.keys + position * cache.stride, -cache.stride, nil, 0, taps.pointer, min(width, position + 1), gate, y,
      features)
  }

  /// Sequences whose products are all in their caches. A row's bits are those that it has without caches. Ends with a barrier.
  ///
  /// - Parameters:
  ///   - inputs: `[T, 3·d]`
  ///   - rows: `[N]` which of them y is wanted of; nil for all.
  ///   - caches: `[sequences]`
  ///   - past: `[sequences]` the position of each one's first row of y.
  ///   - y: `[N, d]`
  ///   - sequenceStarts: `[sequences + 1]` where each one's rows of y begin.
  public func forward(
    _ w: Worker, inputs: Rows, rows: UnsafePointer<Int32>? = nil, caches: UnsafePointer<KVView>,
    past: UnsafePointer<Int32>, into y: Rows, sequenceStarts: UnsafePointer<Int32>, sequences: Int
  ) {
    let c = parts(inputs).c
    Shards.forEachRow(w, rows: y.rows, columns: inputs.columns) { n in
      // The last sequence that begins at or before the row.
      var (low, high) = (0, sequences)
      while high - low > 1 {
        let middle = (low + high) / 2
        if Int(sequenceStarts[middle]) <= n { low = middle } else { high = middle }
      }
      let position = Int(past[low]) + n - Int(sequenceStarts[low])
      output(caches[low], position: position, gate: c.row(rows.map { Int($0[n]) } ?? n), into: y.row(n))
    }
  }

  /// One new token of each sequence: its product joins the cache. Ends with a barrier.
  ///
  /// - Parameters:
  ///   - inputs: `[N, 3·d]`
  ///   - caches: `[N]`
  ///   - lengths: `[N]` with the new token.
  ///   - y: `[N, d]`
  public func decode(
    _ w: Worker, inputs: Rows, caches: UnsafePointer<KVView>, lengths: UnsafePointer<Int32>, into y: Rows
  ) {
    let c = parts(inputs).c
    Shards.forEachRow(w, rows: y.rows, columns: inputs.columns) { n in
      let position = Int(lengths[n]) - 1
      keep(inputs, row: n, in: caches[n], at: position)
      output(caches[n], position: position, gate: c.row(n), into: y.row(n))
    }
  }
}
