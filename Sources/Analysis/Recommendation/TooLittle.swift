import Foundation
import Messages
import Recipe

/// When a part of a study holds too little to tell two combinations apart, and how much would do.
enum TooLittle {
  /// Beyond this a study is not made longer, but another one.
  static let mostTimes = 100.0

  /// How many times as many seeds, each on as many times the examples, would prove the difference or bound it by the margin, if it stays
  /// what it is. That is enough, and may be more than is needed: all parts of the variance shrink by it at least.
  ///
  /// - Returns: nil for what is proven or bounded already, and without an interval.
  static func times(_ difference: StudyDifference, margin: Double) -> Double? {
    guard let interval = difference.interval, difference.verdict(margin: margin) == .cannotTell else { return nil }
    let half = interval.halfWidth
    guard half > 0, max(abs(interval.low), abs(interval.high)) > margin else { return nil }
    let points = abs(difference.points)
    let nearest = max(points, margin - points)
    guard nearest > 0 else { return nil }
    // A tenth more, so that a rounding is not what decides.
    return max(1, 1.1 * (half / nearest) * (half / nearest))
  }

  /// `qkv is not told from all four (−0.8 points, −3.1 to +1.5; 500 examples, 2 seeds): 16 seeds on 4000 examples would do …`
  static func words(
    _ difference: StudyDifference, _ first: Targets, _ second: Targets, margin: Double, seeds: Int
  ) -> String? {
    guard let times = times(difference, margin: margin), let interval = difference.interval else { return nil }
    let lead =
      "\(first.label) is not told from \(second.label) (\(Text.signed(difference.points, 1)) points, "
      + "\(Text.signed(interval.low, 1)) to \(Text.signed(interval.high, 1)); \(difference.pairs) examples, \(Counted.text(seeds, "seed")))"
    if times > mostTimes {
      return lead + ": it would take more than \(Int(mostTimes)) times as many seeds and examples"
    }
    // In whole numbers, so that what is named is enough.
    let whole = Int(times.rounded(.up))
    guard whole > 1 else { return lead + ": one more seed of each, and as many more examples, may do" }
    return lead
      + ": \(seeds * whole) seeds on \(difference.pairs * whole) examples would do before Holm's correction, if the difference stays what it is"
  }

  /// What one data set says of a part that is named after more than it.
  static func alone(_ datasets: [StudyDataset], scope: String) -> String? {
    guard datasets.count == 1, let only = datasets.first, scope != only.name, scope != StudyScope.whole else {
      return nil
    }
    return "\(only.name) alone speaks for this part: another data set may order combinations otherwise"
  }
}
