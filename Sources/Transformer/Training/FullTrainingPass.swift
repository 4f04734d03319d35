import Kernels

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
