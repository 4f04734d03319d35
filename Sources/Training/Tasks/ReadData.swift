/// A task whose examples were read from a person's files.
public protocol ReadData: TrainingTask {
  /// What was found in them, in words.
  var detected: String { get }
  /// What messages call the places of its examples: `lines` or `examples`.
  var placeName: String { get }
  /// What was found besides the examples, a line each: fields that are not used, records that are left out.
  var notes: [String] { get }
}

extension ReadData {
  public var notes: [String] { [] }
}
