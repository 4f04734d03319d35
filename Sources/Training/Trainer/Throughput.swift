import Recipe

/// Training speed from step records.
public enum Throughput {
  /// The mean tokens of a step over the median time of a step, both without the first step, which pays for warm-up.
  /// A single step is all there is to go by then; nil for no step.
  public static func tokensPerSecond(_ steps: [StepRecord]) -> Double? {
    tokensPerSecond(tokens: steps.map(\.tokens), seconds: steps.map(\.seconds))
  }

  /// The same from each step's tokens and seconds, in order.
  public static func tokensPerSecond(tokens: [Int], seconds: [Double]) -> Double? {
    guard !tokens.isEmpty, tokens.count == seconds.count else { return nil }
    let skip = tokens.count > 1 ? 1 : 0
    let counted = tokens.dropFirst(skip)
    let mean = Double(counted.reduce(0, +)) / Double(counted.count)
    let median = Percentile.median(Array(seconds.dropFirst(skip)))
    return median > 0 ? mean / median : nil
  }
}
