import Kernels
import Transformer

/// A mean loss over examples, and how many of their tokens carry loss.
public struct MeanLoss: Sendable, Equatable {
  /// Nats a token.
  public var loss: Double
  public var tokens: Int
}

extension Trainer {
  /// The mean loss on examples that are not trained on, with the adapter as it is now and without dropout. Every bit of the training is as
  /// it would be without: nothing that a step depends on is touched.
  ///
  /// - Parameters:
  ///   - examples: checked by `checkHeldOut`; at least one token carries loss.
  ///   - shouldStop: asked between batches; true ends it.
  /// - Returns: nil where it was ended.
  /// - Throws: what computing elsewhere throws.
  public func loss(of examples: [TokenizedExample], shouldStop: () -> Bool = { false }) throws -> MeanLoss? {
    var sum = 0.0
    var tokens = 0
    for start in stride(from: 0, to: examples.count, by: options.batchSize) {
      if shouldStop() { return nil }
      let part = examples[start..<min(examples.count, start + options.batchSize)]
      let batch = BatchAssembly.batch(Array(part))
      if let steps {
        sum += try steps.lossSum(batch)
      } else {
        team.run { [pass] worker in pass.loss(batch, worker: worker) }
        sum += pass.lossSum
      }
      tokens += batch.lossTokens
    }
    return MeanLoss(loss: sum / Double(max(1, tokens)), tokens: tokens)
  }

  /// Refuses what `loss(of:)` could not run.
  ///
  /// - Throws: Transformer's `BatchError` for tokens that this model does not have.
  public func checkHeldOut(_ examples: [TokenizedExample]) throws {
    for example in examples { try BatchAssembly.batch([example]).check(in: base.configuration) }
  }
}
