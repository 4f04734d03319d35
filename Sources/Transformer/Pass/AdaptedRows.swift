/// The rows of a training batch that have the adapter, where the others go through the plain base: those of the sequences' prompts. What the
/// adapter multiplies is these rows alone, side by side.
///
/// Worker 0 makes it before a barrier, as it does the batch; afterwards it is only read.
struct AdaptedRows: Sendable {
  /// Ascending, none empty, none touching the next.
  let ranges: [Range<Int>]
  /// `[ranges]` where each one's rows begin when they lie side by side.
  private let firsts: [Int]
  /// `[count]` each one's row of the batch.
  let rows: Int32Buffer

  var count: Int { rows.count }

  /// - Parameter ranges: ascending, none overlapping the next.
  init(_ ranges: [Range<Int>]) {
    var joined: [Range<Int>] = []
    for range in ranges where !range.isEmpty {
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
      }
    }
    self.ranges = joined
    var firsts: [Int] = []
    var count = 0
    for range in joined {
      firsts.append(count)
      count += range.count
    }
    self.firsts = firsts
    rows = Int32Buffer(capacity: count)
    rows.assign(joined.flatMap { $0.map { Int32($0) } })
  }

  /// Each range with where its rows begin side by side.
  var pairs: Zip2Sequence<[Range<Int>], [Int]> { zip(ranges, firsts) }

  /// The most inputs and outputs of a layer.
  static func widths(_ configuration: ModelConfiguration) -> (inputs: Int, outputs: Int) {
    (
      max(configuration.hiddenSize, configuration.mixing.outputs, configuration.intermediateSize),
      max(configuration.hiddenSize, configuration.mixing.inputs, configuration.activationInputs)
    )
  }

  /// Of sequences up to the row that predicts their first completion token, among all rows and among the head's. A sequence without loss has
  /// none: nothing of it goes on.
  ///
  /// - Parameters:
  ///   - starts: `[sequences + 1]` where each one's rows begin.
  ///   - heads: rows that predict something, ascending.
  static func ofPrompts(starts: [Int32], heads: [Int32]) -> (all: AdaptedRows, head: AdaptedRows) {
    var all: [Range<Int>] = []
    var head: [Range<Int>] = []
    var next = 0
    for (start, end) in zip(starts, starts.dropFirst()) {
      if next < heads.count, heads[next] < end {
        all.append(Int(start)..<Int(heads[next]) + 1)
        head.append(next..<next + 1)
      }
      while next < heads.count, heads[next] < end { next += 1 }
    }
    return (AdaptedRows(all), AdaptedRows(head))
  }
}
