import Kernels

/// Many greedy steps of one slot in one region.
///
/// `@unchecked Sendable`: worker 0 alone writes, between the barriers of two steps.
final class GreedyRun: @unchecked Sendable {
  private let core: DecoderCore
  private let slot: Int
  private let count: Int
  private(set) var tokens: [Int32] = []
  /// Of each step, from the token going in to the next one being known.
  private(set) var durations: [Duration] = []

  init(core: DecoderCore, slot: Int, token: Int32, count: Int) {
    self.core = core
    self.slot = slot
    self.count = count
    tokens.reserveCapacity(count)
    durations.reserveCapacity(count)
  }

  func run(_ w: Worker) {
    var start = ContinuousClock.now
    for index in 0..<count {
      core.step(w)
      guard w.index == 0 else {
        if index + 1 < count { w.barrier() }
        continue
      }
      let token = Sampler.argmax(core.logits(row: 0))
      tokens.append(token)
      let end = ContinuousClock.now
      durations.append(end - start)
      start = end
      if index + 1 < count {
        core.beginStep([(slot: slot, token: token)])
        w.barrier()
      }
    }
  }
}
