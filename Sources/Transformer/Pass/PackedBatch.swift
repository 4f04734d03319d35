import Kernels

/// A batch as the kernels want it: pointers to ids, positions and boundaries, and the rows that are wanted at the top.
///
/// `@unchecked Sendable`: worker 0 writes it before a barrier, all workers read it after.
final class PackedBatch: @unchecked Sendable {
  let tokens = Int32Buffer()
  let positions = Int32Buffer()
  let sequenceStarts = Int32Buffer()
  /// `[sequences]` tokens of each before its first row, whose keys and values are in a cache.
  let pasts = Int32Buffer()
  /// Rows of the batch that go on after the last attention: those that carry loss, or whose logits are wanted.
  let headRows = Int32Buffer()
  /// What each head row shall predict.
  let headTargets = Int32Buffer()
  /// Of prompts whose last positions alone are wanted: these positions, `[sequences]` the first of each, and `[sequences + 1]` where each one's
  /// begin.
  let headPositions = Int32Buffer()
  let headPasts = Int32Buffer()
  let headStarts = Int32Buffer()
  /// Rows of image tokens, in order; empty where the batch has no images.
  let imageRows = Int32Buffer()
  /// Groups of rows that have adapters of their own, of all rows and of the head's; nil where all have the same.
  private var adapterRows: (all: [AdapterRows], head: [AdapterRows])?
  /// Of a training batch whose adapter acts on prompts alone: which rows have it, of all and of the head's.
  private var adaptedRows: (all: AdaptedRows, head: AdaptedRows)?
  private(set) var tokenCount = 0
  private(set) var sequences = 0
  /// Positions of the longest sequence, those before its first row included.
  private(set) var longest = 0

  var headCount: Int { headRows.count }
  /// Every row goes on, so nothing need be gathered.
  var headIsWhole: Bool { headCount == tokenCount }

  /// Which of so many rows, all of them or the head's, have which adapter.
  func adapterRows(of rows: Int) -> [AdapterRows]? { rows == tokenCount ? adapterRows?.all : adapterRows?.head }

  /// Of so many rows, all of them or the head's, those that have the adapter; nil where all have.
  func adaptedRows(of rows: Int) -> AdaptedRows? { rows == tokenCount ? adaptedRows?.all : adaptedRows?.head }

  /// Takes over a batch. Head rows are those with a target.
  ///
  /// - Parameters:
  ///   - imageToken: what images take the place of.
  ///   - promptOnly: the adapter acts on the rows of each sequence up to its first head row, which predicts the first completion token.
  func assign(_ batch: TokenBatch, imageToken: Int32?, promptOnly: Bool = false) {
    pack(batch.tokens, starts: batch.sequenceStarts, imageToken: batch.images.isEmpty ? nil : imageToken)
    var rows: [Int32] = []
    var targets: [Int32] = []
    for (row, target) in batch.targets.enumerated() where target >= 0 {
      rows.append(Int32(row))
      targets.append(target)
    }
    headRows.assign(rows)
    headTargets.assign(targets)
    if promptOnly { adaptedRows = AdaptedRows.ofPrompts(starts: batch.sequenceStarts, heads: rows) }
  }

  /// Takes over prompts of which only the last positions (or every one) are wanted.
  ///
  /// - Parameters:
  ///   - pasts: tokens of each prompt whose keys and values are there already, fewer than it has and no images' among them; nil for none.
  ///   - adapters: of each prompt, those of the same side by side; nil where all have the same.
  ///   - adapted: positions of each that have its adapter, from its first on; nil for all.
  ///   - heads: the first wanted position of each, among its rows; nil for the last one.
  func assign(
    prompts: [Prompt], pasts before: [Int]? = nil, adapters: [Int?]? = nil, adapted: [Int]? = nil, heads: [Int]? = nil,
    everyRow: Bool, imageToken: Int32?
  ) {
    let before = before ?? Array(repeating: 0, count: prompts.count)
    let starts = Self.starts(of: prompts, pasts: before)
    let tokens = zip(prompts, before).flatMap { $0.tokens.dropFirst($1) }
    let hasImages = prompts.contains { !$0.images.isEmpty }
    pack(tokens, starts: starts, pasts: before.map { Int32($0) }, imageToken: hasImages ? imageToken : nil)
    let heads = heads ?? prompts.map { $0.tokens.count - 1 }
    let wanted = zip(prompts, heads).map { prompt, head in Int32(head)..<Int32(prompt.tokens.count) }
    let headStarts = wanted.reduce(into: [Int32(0)]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    let last = zip(starts.dropFirst(), wanted).flatMap { $0 - Int32($1.count)..<$0 }
    headRows.assign(everyRow ? tokens.indices.map { Int32($0) } : last)
    headTargets.assign([])
    headPositions.assign(wanted.flatMap { $0 })
    headPasts.assign(wanted.map(\.lowerBound))
    self.headStarts.assign(headStarts)
    adapterRows = adapters.map { adapters in
      let all = [AdapterRows](adapters, starts: starts, lengths: adapted.map { zip($0, before).map { $0 - $1 } })
      if everyRow { return (all, all) }
      return (
        all,
        [AdapterRows](adapters, starts: headStarts, lengths: adapted.map { zip($0, heads).map { $0 - $1 } })
      )
    }
  }

  /// `[prompts + 1]` where each one's rows begin: those of its tokens after so many.
  static func starts(of prompts: [Prompt], pasts: [Int]) -> [Int32] {
    zip(prompts, pasts).reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.0.tokens.count - $1.1)) }
  }

  /// Takes over the patches of images, each a sequence of its own. There are no tokens, and no head.
  func assign(images: Int, patches: Int) {
    tokenCount = images * patches
    sequences = images
    longest = patches
    sequenceStarts.assign((0...images).map { Int32($0 * patches) })
    positions.assign((0..<images * patches).map { Int32($0 % patches) })
  }

  private func pack(_ ids: [Int32], starts: [Int32], pasts before: [Int32]? = nil, imageToken: Int32?) {
    precondition(starts.last == Int32(ids.count), "sequence starts must end at the number of tokens")
    tokens.assign(ids)
    sequenceStarts.assign(starts)
    tokenCount = ids.count
    sequences = starts.count - 1
    adapterRows = nil
    adaptedRows = nil
    longest = 0
    var places: [Int32] = []
    places.reserveCapacity(ids.count)
    let before = before ?? Array(repeating: 0, count: sequences)
    for (sequence, past) in before.enumerated() {
      let length = past + starts[sequence + 1] - starts[sequence]
      places += past..<length
      longest = max(longest, Int(length))
    }
    pasts.assign(before)
    positions.assign(places)
    imageRows.assign(ids.indices.filter { ids[$0] == imageToken }.map { Int32($0) })
  }
}

/// What enters the first block: the tokens' embeddings, scaled, and their positions' where those are learned; at an image's
/// tokens the features of the image instead.
enum InputEmbedding {
  /// - Parameters:
  ///   - tokens, positions: `[count]`.
  ///   - x: `[count, hidden]`.
  static func forward(
    _ w: Worker, base: BaseModel, tokens: UnsafePointer<Int32>, positions: UnsafePointer<Int32>, into x: Rows
  ) {
    Embedding.forward(w, tokens: tokens, count: x.rows, table: base.embedding, into: x)
    if base.configuration.embeddingScale != 1 { Elementwise.scale(w, x, base.configuration.embeddingScale) }
    if let table = base.positionEmbedding {
      Embedding.forward(w, tokens: positions, count: x.rows, table: table, into: x, accumulate: true)
    }
  }

  /// Of a batch, whose images `tower` is prepared for.
  static func forward(
    _ w: Worker, base: BaseModel, batch: PackedBatch, tower: VisionTower?, dropout: DropoutPlan?, into x: Rows
  ) {
    forward(w, base: base, tokens: batch.tokens.pointer, positions: batch.positions.pointer, into: x)
    guard let tower, batch.imageRows.count > 0 else { return }
    RowSelection.place(w, tower.forward(w, dropout: dropout), at: batch.imageRows.pointer, in: x)
  }
}

/// Moves chosen rows of a matrix together, and back to their places.
enum RowSelection {
  /// `into[i] = source[rows[i]]`. Ends with a barrier.
  static func gather(_ w: Worker, from source: Rows, rows: UnsafePointer<Int32>, into target: Rows) {
    let shards = (target.rows + rowsPerShard - 1) / rowsPerShard
    w.forEachShard(shards) { shard in
      for row in (shard * rowsPerShard)..<min(target.rows, (shard + 1) * rowsPerShard) {
        (target.base + row * target.stride).update(
          from: source.base + Int(rows[row]) * source.stride, count: target.columns)
      }
    }
    w.barrier()
  }

  /// `into[rows[i]] = source[i]`, zero elsewhere; `rows` ascend. Ends with a barrier.
  static func scatter(_ w: Worker, from source: Rows, rows: UnsafePointer<Int32>, into target: Rows) {
    let shards = (target.rows + rowsPerShard - 1) / rowsPerShard
    w.forEachShard(shards) { shard in
      let first = shard * rowsPerShard
      var next = lowerBound(rows, count: source.rows, Int32(first))
      for row in first..<min(target.rows, first + rowsPerShard) {
        let place = target.base + row * target.stride
        if next < source.rows, Int(rows[next]) == row {
          place.update(from: source.base + next * source.stride, count: target.columns)
          next += 1
        } else {
          place.update(repeating: 0, count: target.columns)
        }
      }
    }
    w.barrier()
  }

  /// `target[rows[i]] = source[i]`, and nothing else. Ends with a barrier.
  static func place(_ w: Worker, _ source: Rows, at rows: UnsafePointer<Int32>, in target: Rows) {
    w.forEachShard((source.rows + rowsPerShard - 1) / rowsPerShard) { shard in
      for row in (shard * rowsPerShard)..<min(source.rows, (shard + 1) * rowsPerShard) {
        target.row(Int(rows[row])).update(from: source.row(row), count: source.columns)
      }
    }
    w.barrier()
  }

  /// `target[rows[i]] += source[i]`. Ends with a barrier.
  static func add(_ w: Worker, _ source: Rows, at rows: UnsafePointer<Int32>, in target: Rows) {
    w.forEachShard((source.rows + rowsPerShard - 1) / rowsPerShard) { shard in
      for row in (shard * rowsPerShard)..<min(source.rows, (shard + 1) * rowsPerShard) {
        let (from, place) = (source.row(row), target.row(Int(rows[row])))
        for column in 0..<source.columns { place[column] += from[column] }
      }
    }
    w.barrier()
  }

  /// Moves chosen rows out: `into[i] = source[rows[i]]`, and zeroes where they were. Ends with a barrier.
  static func take(_ w: Worker, from source: Rows, rows: UnsafePointer<Int32>, into target: Rows) {
    w.forEachShard((target.rows + rowsPerShard - 1) / rowsPerShard) { shard in
      for row in (shard * rowsPerShard)..<min(target.rows, (shard + 1) * rowsPerShard) {
        let place = source.row(Int(rows[row]))
        target.row(row).update(from: place, count: target.columns)
        place.update(repeating: 0, count: target.columns)
      }
    }
    w.barrier()
  }

  private static let rowsPerShard = 16

  private static func lowerBound(_ rows: UnsafePointer<Int32>, count: Int, _ value: Int32) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Growing storage for token ids and row numbers.
///
/// `@unchecked Sendable`: one worker writes it before a barrier, all read it after, as the region's structure prescribes.
final class Int32Buffer: @unchecked Sendable {
  private(set) var pointer: UnsafeMutablePointer<Int32>
  private(set) var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 1) {
    self.capacity = max(1, capacity)
    pointer = .allocate(capacity: self.capacity)
  }

  deinit { pointer.deallocate() }

  /// Replaces the contents.
  func assign(_ values: some Collection<Int32>) {
    if values.count > capacity {
      pointer.deallocate()
      capacity = values.count
      pointer = .allocate(capacity: capacity)
    }
    count = values.count
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  subscript(index: Int) -> Int32 { pointer[index] }
}
