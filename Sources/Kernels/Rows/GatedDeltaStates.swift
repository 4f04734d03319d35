/// Which rows hold the tokens of sequences that may have rows in common, and may go on from states.
public struct SharedRows: @unchecked Sendable {
  /// `[sequences + 1]` where the rows of a sequence's own begin.
  public var firsts: UnsafePointer<Int32>
  /// `[sequences]` the position of each one's first own row, and how many positions its state holds.
  public var pasts: UnsafePointer<Int32>
  public var held: UnsafePointer<Int32>
  /// `[sequences + 1]` where each one's begin in `rows`, and the row of every position that its state does not hold, its own ones last.
  public var starts: UnsafePointer<Int32>
  public var rows: UnsafePointer<Int32>

  public init(
    firsts: UnsafePointer<Int32>, pasts: UnsafePointer<Int32>, held: UnsafePointer<Int32>,
    starts: UnsafePointer<Int32>, rows: UnsafePointer<Int32>
  ) {
    self.firsts = firsts
    self.pasts = pasts
    self.held = held
    self.starts = starts
    self.rows = rows
  }

  /// The sequence that a row belongs to: the last that begins at or before it.
  func sequence(of row: Int, among sequences: Int) -> Int {
    var (low, high) = (0, sequences)
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(firsts[middle]) <= row { low = middle } else { high = middle }
    }
    return low
  }
}

/// Sequences that go on from states. A view's `keys` are a state of `stateSize` and its `values` a history of `historySize`; a token has
/// the bits that it has without them.
extension GatedDelta {
  /// Prompts, or what follows beginnings of which the states are there. Rows that sequences share are computed for each, as the states of them
  /// are, and what they give once. Ends with a barrier.
  ///
  /// - Parameters:
  ///   - inputs: `[T, inputs]`
  ///   - states: `[sequences]`, each receives the sequence's; nil where nothing goes on and nothing is held.
  ///   - room: `[T, roomColumns]`
  ///   - o: `[T, valueWidth]`
  public func forward(
    _ w: Worker, inputs: Rows, rows: SharedRows, sequences: Int, states: UnsafePointer<KVView>?, room: Rows,
    into o: Rows
  ) {
    let size = panels * panelSize
    let scratch = w.scratch(floats: max(size, width * channels) + 2 * Self.panel)
    Shards.forEachRow(w, rows: inputs.rows, columns: inputs.columns) { t in
      let sequence = rows.sequence(of: t, among: sequences)
      let held = Int(rows.held[sequence])
      let place = Int(rows.pasts[sequence]) - held + t - Int(rows.firsts[sequence])
      prepare(
        t, at: place, held: held, inputs: inputs, rows: rows.rows + Int(rows.starts[sequence]),
        history: states?[sequence].values, room: room.row(t), scratch: scratch)
    }
    let spare = scratch + max(size, width * channels)
    w.claimShards(sequences * valueHeads) { shard in
      let (sequence, head) = (shard / valueHeads, shard % valueHeads)
      let own = rows.rows + Int(rows.starts[sequence])
      let held = Int(rows.held[sequence])
      let state = states.map { self.state(head, of: $0[sequence].keys) } ?? scratch
      if held == 0 { state.update(repeating: 0, count: size) }
      let count = Int(rows.starts[sequence + 1] - rows.starts[sequence])
      scan(
        head, room: room, count: count, row: { Int(own[$0]) }, state: state, into: o,
        first: Int(rows.pasts[sequence]) - held, scratch: spare)
      guard head == 0, let history = states?[sequence].values else { return }
      for place in 0..<width - 1 {
        let token = count - (width - 1) + place
        let target = history + place * channels
        if token >= 0 {
          target.update(from: inputs.row(Int(own[token])), count: channels)
        } else if held > 0 {
          target.update(from: history + (place + count) * channels, count: channels)
        }
      }
    }
  }

  /// One token, whose earlier ones may be in other sequences' rows or in the history.
  private func prepare(
    _ t: Int, at place: Int, held: Int, inputs: Rows, rows: UnsafePointer<Int32>, history: UnsafePointer<Float>?,
    room: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let lags = min(width, held + place + 1)
    let row = inputs.row(t)
    var isInOrder = place >= lags - 1
    if isInOrder { isInOrder = (1..<max(1, lags)).allSatisfy { Int(rows[place - $0]) == t - $0 } }
    var (latest, step) = (UnsafePointer(row), inputs.stride)
    if !isInOrder {
      for lag in 0..<lags {
        let target = scratch + (lags - 1 - lag) * channels
        if place - lag >= 0 {
          target.update(from: inputs.row(Int(rows[place - lag])), count: channels)
        } else if let history {
          target.update(from: history + (width - 1 + place - lag) * channels, count: channels)
        }
      }
      (latest, step) = (UnsafePointer(scratch + (lags - 1) * channels), channels)
    }
    for head in 0..<keyHeads {
      let stretches = stretches[head]
      prepare(
        head, row: row, latest: { latest + stretches[$0].start }, step: { _ in step }, lags: lags, into: room)
    }
  }

  /// One new token of each sequence. Ends with a barrier.
  ///
  /// - Parameters:
  ///   - inputs: `[N, inputs]`
  ///   - states: `[N]`
  ///   - lengths: `[N]` with the new token.
  ///   - room: `[N, roomColumns]`
  ///   - o: `[N, valueWidth]`
  public func decode(
    _ w: Worker, inputs: Rows, states: UnsafePointer<KVView>, lengths: UnsafePointer<Int32>, room: Rows, into o: Rows
  ) {
    let share = valueHeads / keyHeads
    let longest = 2 * keySize + share * valueSize
    let scratch = w.scratch(floats: width * longest + 2 * Self.panel)
    let spare = scratch + width * longest
    w.claimShards(inputs.rows * keyHeads) { shard in
      let (n, head) = (shard / keyHeads, shard % keyHeads)
      let (row, history) = (inputs.row(n), states[n].values)
      let length = Int(lengths[n])
      let stretches = stretches[head]
      var places: [Int] = [0, 0, 0]
      var next = 0
      for (place, (start, count)) in stretches.enumerated() {
        for earlier in 0..<width - 1 {
          (scratch + next + earlier * count).update(from: history + earlier * channels + start, count: count)
        }
        places[place] = next + (width - 1) * count
        (scratch + places[place]).update(from: row + start, count: count)
        next += width * count
        // This stretch is no other shard's.
        for earlier in 0..<width - 1 {
          let from = scratch + places[place] - (width - 2 - earlier) * count
          (history + earlier * channels + start).update(from: from, count: count)
        }
      }
      prepare(
        head, row: row, latest: { UnsafePointer(scratch + places[$0]) }, step: { stretches[$0].count },
        lags: min(width, length), into: room.row(n))
      for own in head * share..<(head + 1) * share {
        if length == 1 { clear(own, state: states[n].keys) }
        scan(
          own, room: room, count: 1, row: { _ in n }, state: state(own, of: states[n].keys), into: o, first: 0,
          scratch: spare)
      }
    }
  }
}
