import Recipe

/// What is wrong with a model's shapes, in one line.
public enum ModelError: ExitStatusError, Equatable {
  case configuration(String)
  case shape(tensor: String, expected: String, found: String)
  case missing(tensor: String)
  case unexpected(tensor: String)

  public var description: String {
    switch self {
    case .configuration(let reason): "model configuration: \(reason)"
    case .shape(let tensor, let expected, let found):
      "model tensor \(tensor): expected shape \(expected), found \(found); does config.json belong to these weights?"
    case .unexpected(let tensor):
      "model tensor \(tensor) has no place in this model; does config.json belong to these weights?"
    case .missing(let tensor): "model tensor \(tensor) is missing; does config.json belong to these weights?"
    }
  }

  /// `EX_DATAERR`: the input is there and is wrong.
  public var exitStatus: Int32 { 65 }
}
