import Recipe

/// What data says of whether a turn, a part of it or a whole record is learned: OpenAI's, Mistral's and Together's `weight`, axolotl's `train` and
/// `training`, ms-swift's and XTuner's `loss`, LLaMA-Factory's `loss_weight`, torchtune's `masked`, and what others call it.
enum LossMark {
  private static let learned: Set<String> = [
    "weight", "weights", "loss_weight", "loss_weights", "turn_weights", "train_mask",
    "assistant_mask", "sample_weight", "example_weight", "loss_scale", "loss_mask", "loss",
    "compute_loss",
    "calculate_loss", "train", "training", "trainable", "is_trainable", "train_on", "train_on_turn",
    "supervised",
  ]
  /// True here says that it is not learned.
  private static let masked: Set<String> = ["mask", "masked", "mask_loss", "ignore_loss"]
  /// Stretches of characters within a turn.
  private static let details: Set<String> = ["train_detail", "training_detail", "train_details"]

  static func isMark(_ name: String) -> Bool {
    let name = name.lowercased()
    return learned.contains(name) || masked.contains(name) || details.contains(name)
  }

  /// - Parameter place: says where the object stands, such as `turn 2`; empty for the record itself.
  /// - Returns: nil where nothing is said.
  /// - Throws: `DataError` for a weight between, and for marks that contradict each other.
  static func read(
    _ object: JSONObject, _ place: String, except used: Set<String> = [], _ fields: RecordFields
  ) throws
    -> Bool?
  {
    var found: (name: String, isLearned: Bool)?
    for member in object.members where isMark(member.key) && !used.contains(member.key) {
      guard let isLearned = try value(member, object, place, fields) else { continue }
      if let found, found.isLearned != isLearned {
        throw fields.error(
          "\(lead(place))\(found.name) and \(member.key) contradict each other; keep one of them")
      }
      found = (member.key, isLearned)
    }
    return found?.isLearned
  }

  private static func value(
    _ member: JSONObject.Member, _ object: JSONObject, _ place: String, _ fields: RecordFields
  ) throws -> Bool? {
    let name = member.key.lowercased()
    if details.contains(name) {
      guard EmptyValue.holds(member.value) else {
        throw fields.error(
          "\(lead(place))\(member.key) marks stretches of a turn, but the loss falls on whole turns; "
            + "give train or weight with 0 or 1 for the turn, or remove it")
      }
      return nil
    }
    guard let isOne = truth(member.value) else {
      if EmptyValue.holds(member.value) { return nil }
      // NeMo's records name whom they mask: the user, whose turns carry no loss here either.
      if masked.contains(name), let role = member.value.string.flatMap(SpeakerRole.named),
        role != "assistant"
      {
        return nil
      }
      let shown =
        object.spelling(member.key) ?? member.value.string.map(OneLine.name)
        ?? member.value.kind
      throw fields.error(
        "\(lead(place))\(member.key) is \(shown), but a turn is learned or it is not: only 0 and 1 (false and true) are "
          + "taken; give one of them, or rename the field if it means something else")
    }
    return masked.contains(name) ? !isOne : isOne
  }

  /// Columns hold text, so 0 and 1 may be written as such.
  static func truth(_ value: JSONValue) -> Bool? {
    switch value {
    case .bool(let isTrue): return isTrue
    case .integer(0), .number(0): return false
    case .integer(1), .number(1): return true
    case .string(let text):
      switch RecordFields.trimmed(text).lowercased() {
      case "0", "0.0", "false": return false
      case "1", "1.0", "true": return true
      default: return nil
      }
    default: return nil
    }
  }

  private static func lead(_ place: String) -> String { place.isEmpty ? "field " : "\(place): " }
}

/// Values that say nothing: null, texts without anything in them, lists and objects of such, and the same written as text.
enum EmptyValue {
  static func holds(_ value: JSONValue) -> Bool {
    switch value {
    case .null: return true
    case .string(let text):
      let text = RecordFields.trimmed(text)
      if text.isEmpty || text == "null" || text == "None" { return true }
      guard text.first == "[" || text.first == "{" else { return false }
      return (try? JSONParser.parse(Array(text.utf8))).map(holds) ?? false
    case .array(let values): return values.allSatisfy(holds)
    case .object(let object): return object.members.isEmpty
    default: return false
    }
  }
}
