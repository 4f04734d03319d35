import Kernels

/// DoRA's factors of one linear layer where groups of rows have different adapters, of which some have none.
struct GroupedFactors {
  private let factors: [FloatBuffer?]
  private let groups: [AdapterRows]

  /// - Parameter factors: `[out]` by adapter.
  init(_ factors: [FloatBuffer?], groups: [AdapterRows]) {
    self.factors = factors
    self.groups = groups
  }

  /// Where the layer's output is added to y: sums begin with y in rows without factors. In the others they begin with −0, to which every
  /// number may be added without a change, and are multiplied before they are added.
  func begin(_ w: Worker, y: Rows, into sums: Rows) {
    var starts = Array(repeating: false, count: y.rows)
    for group in groups where factors[group.adapter] != nil { for row in group.rows { starts[row] = true } }
    w.forEachShard(y.rows) { row in
      if starts[row] {
        sums.row(row).update(repeating: -0.0, count: y.columns)
      } else {
        sums.row(row).update(from: y.row(row), count: y.columns)
      }
    }
    w.barrier()
  }

  /// Multiplies the sums of rows that have factors, and brings all to y.
  ///
  /// - Parameter isElsewhere: `begin` has been called; else the sums are in y.
  func end(_ w: Worker, _ sums: Rows, into y: Rows, isElsewhere: Bool) {
    func rows(_ matrix: Rows, _ range: Range<Int>) -> Rows {
      matrix.rows(from: range.lowerBound, count: range.count)
    }
    var next = 0
    func copy(_ range: Range<Int>) {
      if isElsewhere, !range.isEmpty { Elementwise.copy(w, from: rows(sums, range), into: rows(y, range)) }
    }
    for group in groups {
      guard let factors = factors[group.adapter] else { continue }
      copy(next..<group.rows.lowerBound)
      ColumnFactors.multiply(
        w, rows(sums, group.rows), by: factors.pointer, into: rows(y, group.rows), accumulate: isElsewhere)
      next = group.rows.upperBound
    }
    copy(next..<y.rows)
  }
}

extension [AdapterRows] {
  /// Neighbours of the same adapter together.
  ///
  /// - Parameters:
  ///   - adapters: of each sequence, in the order of its rows; nil for none.
  ///   - starts: `[sequences + 1]` where its rows begin.
  ///   - lengths: rows of each that have it, from its first on; nil for all. May be negative, or more than there are.
  init(_ adapters: [Int?], starts: [Int32], lengths: [Int]? = nil) {
    self = []
    for (index, adapter) in adapters.enumerated() {
      let (first, end) = (Int(starts[index]), Int(starts[index + 1]))
      let stop = lengths.map { first + Swift.min(end - first, $0[index]) } ?? end
      guard let adapter, first < stop else { continue }
      let rows = first..<stop
      if let last = last, last.adapter == adapter, last.rows.upperBound == rows.lowerBound {
        self[count - 1].rows = last.rows.lowerBound..<rows.upperBound
      } else {
        append(AdapterRows(rows: rows, adapter: adapter))
      }
    }
  }
}
