import Messages
import Recipe

/// One field of the setup form. What a setting is called, what it may be and what a step does to it is said in its row of
/// ``SettingField/all``, whose key is the raw value.
package enum SetupField: String, CaseIterable, Hashable, Sendable {
  case model, data, seeds
  case rank, alpha
  case learningRate = "lr"
  case ratio = "lr_ratio"
  /// Steps or epochs.
  case steps
  case batch = "batch_size"
  case length = "sequence_length"
  case schedule, warmup, dropout, clip
  case adapter = "dora"
  case precision = "bf16"

  private static let settings = Dictionary(
    uniqueKeysWithValues: allCases.compactMap { field in SettingField.named(field.rawValue).map { (field, $0) } })

  /// Nil for what is no setting of a run.
  package var setting: SettingField? { Self.settings[self] }

  package var label: String {
    switch self {
    case .data: "dataset"
    default: setting?.form?.label ?? rawValue
    }
  }

  /// One line for the status row while the field has the cursor.
  package var about: String {
    switch self {
    case .model: "the base model: the embedded one or a Hugging Face folder; its weights stay frozen"
    case .data: "what is trained and scored: a built-in task, or a JSONL, JSON or CSV file of your own"
    case .seeds: "one run for each seed; n queues the first that has no run yet"
    default: setting?.about ?? ""
    }
  }

  /// The form's rows from top to bottom, each of one or two fields.
  package static let rows: [[SetupField]] = [
    [.model], [.data], [.rank, .alpha], [.learningRate, .ratio], [.steps, .batch], [.seeds, .length],
    [.schedule, .warmup], [.dropout, .clip], [.adapter, .precision],
  ]

  /// Opens a list of choices instead of a text field.
  package var isChoice: Bool {
    if case .next? = setting?.form?.step { return true }
    return self == .model || self == .data
  }

  package func copy(from source: RunSettings, to target: inout RunSettings) {
    setting?.copy(source, &target)
    if self == .steps { target.epochs = source.epochs }
  }
}
