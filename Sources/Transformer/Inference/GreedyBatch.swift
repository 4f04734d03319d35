import Kernels

/// Greedy steps of several slots in one region, sampled and looked at as `Generation` does it, with the time of each.
///
/// `@unchecked Sendable`: worker 0 writes between two barriers; while rows are sampled, each row's token belongs to the worker whose shard
/// the row is.
final class GreedyBatch: @unchecked Sendable {
  private let core: DecoderCore
  private let together: Int
  private let steps: Int
  private let next: UnsafeMutablePointer<Int32>
  private let finite: UnsafeMutablePointer<Bool>
  /// Of each step, from the tokens going in to the next ones being known.
  private(set) var durations: [Duration] = []

  /// - Parameter tokens: of the slots from 0 on, which go in first.
  init(core: DecoderCore, tokens: [Int32], steps: Int) {
    self.core = core
    together = tokens.count
    self.steps = steps
    next = .allocate(capacity: max(1, together))
    for (slot, token) in tokens.enumerated() { (next + slot).initialize(to: token) }
    finite = .allocate(capacity: max(1, together))
    finite.initialize(repeating: true, count: together)
    durations.reserveCapacity(steps)
  }

  deinit {
    next.deallocate()
    finite.deallocate()
  }

  func run(_ w: Worker) {
    var start = ContinuousClock.now
    for _ in 0..<steps {
      if w.index == 0 { core.beginStep((0..<together).map { (slot: $0, token: next[$0]) }) }
      w.barrier()
      core.step(w)
      w.forEachShard(together) { row in
        let logits = core.logits(row: row)
        next[row] = Sampler.argmax(logits)
        finite[row] = Sampler.areFinite(logits)
      }
      w.barrier()
      guard w.index == 0 else { continue }
      let end = ContinuousClock.now
      durations.append(end - start)
      start = end
    }
  }
}
