import Recipe

/// Why an adapter cannot be built for a model, in one line.
public enum AdapterError: ExitStatusError, Equatable {
  case noTargets
  case layerOutOfRange(path: ModulePath, layers: Int)
  case absentModule(path: ModulePath)
  case rank(path: ModulePath, rank: Int, largest: Int)
  case alpha(path: ModulePath, alpha: Float)
  case dropout(Float)
  case shape(tensor: String, expected: String, found: String)
  case configurationMismatch

  public var description: String {
    switch self {
    case .noTargets: "the adapter has no target modules; name at least one with --targets"
    case .layerOutOfRange(let path, let layers): "adapter target \(path): the model has layers 0 to \(layers - 1) only"
    case .absentModule(let path): "adapter target \(path): the model has no such layer"
    case .rank(let path, let rank, let largest):
      "adapter target \(path): rank \(rank) is not between 1 and \(largest)"
    case .alpha(let path, let alpha): "adapter target \(path): alpha \(alpha) is not a positive number"
    case .dropout(let rate): "LoRA dropout \(rate) is not in 0 ..< 1"
    case .shape(let tensor, let expected, let found):
      "adapter tensor \(tensor): expected shape \(expected), found \(found)"
    case .configurationMismatch:
      "the adapter was made for a model of another shape; use the base model that it was trained on"
    }
  }

  /// `EX_DATAERR`.
  public var exitStatus: Int32 { 65 }
}
