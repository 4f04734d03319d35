import Recipe
import Transformer

/// Where in an adapter's files the values of one module of the model come from.
enum PEFTSource {
  /// The module's own tensors.
  case own(PEFTModule)
  /// Rows of a fused module's B (and magnitudes), with all of its A: exact.
  case part(of: PEFTModule, rows: Range<Int>)
  /// Several modules one under the other, with a block-diagonal B: exact, of the sum of their ranks. The factor brings each
  /// part's scaling to the whole's.
  case parts([(module: PEFTModule, factor: Float, rows: Range<Int>)])
}

/// A module as an adapter's configuration has it.
struct PEFTModule {
  let path: ModulePath
  /// In the base model, such as `model.layers.3.self_attn.q_proj`.
  let name: String
  let rank: Int
  let alpha: Float
}
