/// Something to learn, with its own way of telling right from wrong.
public protocol TrainingTask: Sendable {
  /// What the command line calls it, such as `medmcqa`, or a file's path.
  var name: String { get }
  /// What screens call it.
  var displayName: String { get }
  var metric: any Metric { get }
  /// The most tokens that an answer may take.
  var maxNewTokens: Int { get }
  /// At most `count` examples of a split; the same for the same seed. Splits never share an example.
  func examples(split: Split, count: Int, seed: UInt64) -> [Example]
}
