import Kernels

/// A batch as the kernels want it: pointers to ids, positions and boundaries, and the rows that are wanted at the top.
///
/// `@unchecked Sendable`: worker 0 writes it before a barrier, all workers read it after.
final class PackedBatch: @unchecked Sendable {
  let tokens = Int32Buffer()
  let positions = Int32Buffer()
  let sequenceStarts = Int32Buffer()
  /// Rows of the batch that go on after the last attention: those that carry loss, or whose logits are wanted.
  let headRows = Int32Buffer()
  /// What each head row shall predict.
  let headTargets = Int32Buffer()
  private(set) var tokenCount = 0
  private(set) var sequences = 0
  private(set) var longest = 0

  var headCount: Int { headRows.count }
  /// Every row goes on, so nothing need be gathered.
  var headIsWhole: Bool { headCount == tokenCount }

  /// Takes over a batch. Head rows are those with a target.
  func assign(_ batch: TokenBatch) {
    pack(batch.tokens, starts: batch.sequenceStarts)
    var rows: [Int32] = []
    var targets: [Int32] = []
    for (row, target) in batch.targets.enumerated() where target >= 0 {
      rows.append(Int32(row))
      targets.append(target)
    }
    headRows.assign(rows)
    headTargets.assign(targets)
  }

  /// Takes over prompts of which only the last position (or every one) is wanted.
  func assign(prompts: [Prompt], everyRow: Bool) {
    var starts: [Int32] = [0]
    var last: Int32 = 0
    for prompt in prompts {
      last += Int32(prompt.tokens.count)
      starts.append(last)
    }
    pack(prompts.flatMap(\.tokens), starts: starts)
    headRows.assign(everyRow ? (0..<last).map { $0 } : starts.dropFirst().map { $0 - 1 })
    headTargets.assign([])
  }

  private func pack(_ ids: [Int32], starts: [Int32]) {
    precondition(starts.last == Int32(ids.count), "sequence starts must end at the number of tokens")
    tokens.assign(ids)
    sequenceStarts.assign(starts)
    tokenCount = ids.count
    sequences = starts.count - 1
    longest = 0
    var places: [Int32] = []
    places.reserveCapacity(ids.count)
    for (start, end) in zip(starts, starts.dropFirst()) {
      places += 0..<(end - start)
      longest = max(longest, Int(end - start))
    }
    positions.assign(places)
  }
}
