import Kernels

/// Forward and backward of a frozen base with a LoRA adapter.
///
/// Only what the adapter needs is computed: no gradient of a frozen weight, none below the lowest adapted module, and the
/// output projection only where a position carries loss.
public final class LoRATrainingPass: Sendable {
  public let base: BaseModel
  public let adapter: LoRAAdapter
  /// How it multiplies, forward and backward.
  public let arithmetic: ProductArithmetic
  private let pass: TrainingPass

  public init(
    base: BaseModel, adapter: LoRAAdapter, arithmetic: ProductArithmetic = .float32
  ) throws(AdapterError) {
    guard base.configuration == adapter.configuration else { throw .configurationMismatch }
    self.base = base
    self.adapter = adapter
    self.arithmetic = arithmetic
    let blocks = base.blocks.enumerated().map {
      PassBlock(layer: $0.offset, weights: $0.element, configuration: base.configuration, adapter: adapter)
    }
    pass = TrainingPass(
      base: base, blocks: blocks, headGradients: nil,
      tower: VisionTower(base: base, adapter: adapter, training: true), dropoutRate: adapter.specification.dropout,
      promptOnly: adapter.specification.promptOnly)
  }

  /// Computes the loss and the gradients `gradA` and `gradB` of every module of the adapter. Called by every worker of one
  /// region with the same arguments; ends with a barrier.
  ///
  /// - Parameters:
  ///   - batch: accepted by `TokenBatch.check(in:)`.
  ///   - lossScaleTokens: the denominator of the mean; the batch's own loss tokens when nil. Give the whole step's number
  ///     when several batches are accumulated.
  ///   - dropoutSeed, step: choose the dropout masks. Batches that are accumulated need a step number each.
  ///   - accumulate: add to the gradients instead of replacing them.
  public func lossAndGradients(
    _ batch: TokenBatch, lossScaleTokens: Int? = nil, dropoutSeed: UInt64 = 0, step: Int = 0, accumulate: Bool = false,
    worker: Worker
  ) {
    pass.lossAndGradients(
      batch, lossScaleTokens: lossScaleTokens, dropoutSeed: dropoutSeed, step: step, accumulate: accumulate,
      worker: worker.multiplying(in: arithmetic))
  }

  /// Computes the loss alone, without dropout: gradients stay what they are. Called by every worker of one region with the same
  /// arguments; ends with a barrier.
  ///
  /// - Parameter batch: accepted by `TokenBatch.check(in:)`.
  public func loss(_ batch: TokenBatch, worker: Worker) { pass.loss(batch, worker: worker.multiplying(in: arithmetic)) }

  /// Sum of the last batch's losses over its loss tokens, in nats. Read it after the region.
  public var lossSum: Double { pass.lossSum }
  /// Positions of the last batch that carried loss.
  public var lossTokens: Int { pass.lossTokens }
  /// Bytes that activations and work room hold.
  public var activationBytes: Int { pass.activationBytes }
}

/// Forward and backward with gradients of all parameters.
public final class FullTrainingPass: Sendable {
  public let model: TrainableModel
  private let pass: TrainingPass

  public init(model: TrainableModel) {
    self.model = model
    pass = TrainingPass(
      base: model.base, blocks: model.passBlocks, headGradients: model.headGradients,
      tower: VisionTower(base: model.base, adapter: nil, training: true, gradients: model.visionGradients),
      dropoutRate: 0)
  }

  /// Computes the loss and every gradient of `model.tensors`. Called by every worker of one region with the same arguments;
  /// ends with a barrier. The parameters mean what they mean in `LoRATrainingPass`.
  public func lossAndGradients(
    _ batch: TokenBatch, lossScaleTokens: Int? = nil, dropoutSeed: UInt64 = 0, step: Int = 0, accumulate: Bool = false,
    worker: Worker
  ) {
    pass.lossAndGradients(
      batch, lossScaleTokens: lossScaleTokens, dropoutSeed: dropoutSeed, step: step, accumulate: accumulate,
      worker: worker)
  }

  /// Sum of the last batch's losses over its loss tokens, in nats. Read it after the region.
  public var lossSum: Double { pass.lossSum }
  /// Positions of the last batch that carried loss.
  public var lossTokens: Int { pass.lossTokens }
  /// Bytes that activations and work room hold.
  public var activationBytes: Int { pass.activationBytes }
}
