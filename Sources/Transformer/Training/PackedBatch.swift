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
  /// Rows of image tokens, in order; empty where the batch has no images.
  let imageRows = Int32Buffer()
  private(set) var tokenCount = 0
  private(set) var sequences = 0
  private(set) var longest = 0

  var headCount: Int { headRows.count }
  /// Every row goes on, so nothing need be gathered.
  var headIsWhole: Bool { headCount == tokenCount }

  /// Takes over a batch. Head rows are those with a target.
  ///
  /// - Parameter imageToken: what images take the place of.
  func assign(_ batch: TokenBatch, imageToken: Int32?) {
    pack(batch.tokens, starts: batch.sequenceStarts, imageToken: batch.images.isEmpty ? nil : imageToken)
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
  func assign(prompts: [Prompt], everyRow: Bool, imageToken: Int32?) {
    var starts: [Int32] = [0]
    var last: Int32 = 0
    for prompt in prompts {
      last += Int32(prompt.tokens.count)
      starts.append(last)
    }
    let hasImages = prompts.contains { !$0.images.isEmpty }
    pack(prompts.flatMap(\.tokens), starts: starts, imageToken: hasImages ? imageToken : nil)
    headRows.assign(everyRow ? (0..<last).map { $0 } : starts.dropFirst().map { $0 - 1 })
    headTargets.assign([])
  }

  /// Takes over the patches of images, each a sequence of its own. There are no tokens, and no head.
  func assign(images: Int, patches: Int) {
    tokenCount = images * patches
    sequences = images
    longest = patches
    sequenceStarts.assign((0...images).map { Int32($0 * patches) })
    positions.assign((0..<images * patches).map { Int32($0 % patches) })
  }

  private func pack(_ ids: [Int32], starts: [Int32], imageToken: Int32?) {
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
    imageRows.assign(ids.indices.filter { ids[$0] == imageToken }.map { Int32($0) })
  }
}
