import Recipe

/// Why tokens cannot be decoded, in one line.
public enum DecoderError: ExitStatusError, Equatable {
  case adapterMismatch
  case slots(Int)
  case slotOutOfRange(Int, slots: Int)
  case slotUsedTwice(Int)
  case emptyPrompt(index: Int)
  case emptySlot(Int)
  case tooLong(index: Int, length: Int, limit: Int)
  case token(Int32, vocabulary: Int)
  case images(index: Int, ImageProblem)
  case memory(MemoryShortage)

  public var description: String {
    switch self {
    case .adapterMismatch:
      "the adapter was made for a model of another shape; use the base model that it was trained on"
    case .slots(let count): "\(count) decoding slots asked for; at least one is needed"
    case .slotOutOfRange(let slot, let slots): "decoding slot \(slot) does not exist; there are \(slots)"
    case .slotUsedTwice(let slot): "decoding slot \(slot) is named twice in one call"
    case .emptyPrompt(let index):
      "prompt \(index) has no tokens; start it with the tokenizer's beginning-of-sequence token"
    case .emptySlot(let slot): "decoding slot \(slot) has no prompt yet; prefill it first"
    case .tooLong(let index, let length, let limit):
      "sequence \(index) needs \(length) positions, there is room for \(limit); shorten the prompt or the answer"
    case .token(let token, let vocabulary):
      "token id \(token) is outside the model's vocabulary of \(vocabulary); does the tokenizer belong to this model?"
    case .images(let index, let problem): "prompt \(index): \(problem)"
    case .memory(let shortage): "\(shortage)"
    }
  }

  /// `EX_DATAERR`, or that of a shortage of memory.
  public var exitStatus: Int32 { if case .memory(let shortage) = self { shortage.exitStatus } else { 65 } }
}
