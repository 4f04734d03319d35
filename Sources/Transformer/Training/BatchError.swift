import Recipe

/// What is wrong with a batch of tokens, in one line.
public enum BatchError: ExitStatusError, Equatable {
  case packing
  case tooLong(sequence: Int, length: Int, limit: Int)
  case token(Int32, position: Int, vocabulary: Int)
  case images(ImageProblem)

  public var description: String {
    switch self {
    case .packing: "batch: tokens, targets and sequence starts do not describe the same packing"
    case .tooLong(let sequence, let length, let limit):
      "batch: sequence \(sequence) has \(length) tokens, the model takes at most \(limit); lower --sequence-length"
    case .token(let token, let position, let vocabulary):
      "batch: token id \(token) at position \(position) is outside the model's vocabulary of \(vocabulary); "
        + "does the tokenizer belong to this model?"
    case .images(let problem): "batch: \(problem)"
    }
  }

  /// `EX_DATAERR`.
  public var exitStatus: Int32 { 65 }
}
