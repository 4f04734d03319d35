extension TrainingOptions {
  /// The options that decide the outcome and differ, as `name here against there`; `threads` is not one of them.
  func differences(from other: TrainingOptions) -> [String] {
    var found: [String] = []
    func compare<Value: Equatable>(_ name: String, _ path: KeyPath<TrainingOptions, Value>) {
      if self[keyPath: path] != other[keyPath: path] {
        found.append("\(name) \(Self.text(self[keyPath: path])) against \(Self.text(other[keyPath: path]))")
      }
    }
    compare("rank", \.rank)
    compare("alpha", \.alpha)
    compare("rslora", \.useRSLoRA)
    compare("dora", \.useDoRA)
    compare("bf16", \.useBF16)
    compare("dropout", \.dropout)
    compare("lr", \.learningRate)
    compare("lr-ratio", \.learningRateRatio)
    compare("beta1", \.beta1)
    compare("beta2", \.beta2)
    compare("epsilon", \.epsilon)
    compare("weight-decay", \.weightDecay)
    compare("clip", \.clip)
    compare("schedule", \.schedule)
    compare("warmup", \.warmupSteps)
    compare("steps", \.steps)
    compare("epochs", \.epochs)
    compare("batch-size", \.batchSize)
    compare("sequence-length", \.sequenceLength)
    compare("packing", \.packing)
    compare("shuffle", \.shuffle)
    compare("gradient-accumulation", \.gradientAccumulation)
    compare("seed", \.seed)
    return found
  }

  private static func text<Value>(_ value: Value) -> String {
    if let optional = value as? any OptionalText { return optional.text }
    return "\(value)"
  }
}

/// Lets a missing number read as "none" rather than as Swift's `nil`.
private protocol OptionalText {
  var text: String { get }
}

extension Optional: OptionalText {
  fileprivate var text: String { map { "\($0)" } ?? "none" }
}
