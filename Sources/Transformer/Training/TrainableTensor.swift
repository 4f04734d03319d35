import Kernels

/// One parameter tensor and its gradient, as an optimiser wants them.
///
/// `@unchecked Sendable`: pointers into buffers that `TrainableModel` keeps alive; who writes them is decided by the shards of
/// the operations that do.
public struct TrainableTensor: @unchecked Sendable {
  /// The name that checkpoints use, such as `model.layers.0.self_attn.q_proj.weight`.
  public let name: String
  public let shape: [Int]
  public let parameters: UnsafeMutablePointer<Float>
  public let gradients: UnsafeMutablePointer<Float>
  public let count: Int
  /// Weight decay applies: matrices yes, norms no.
  public let decays: Bool
}
