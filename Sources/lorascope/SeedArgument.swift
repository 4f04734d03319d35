import Foundation
import Messages

/// `--seeds`: whole numbers and ranges, by commas.
enum SeedArgument {
  static func parse(_ text: String) throws -> [UInt64] {
    var seeds: [UInt64] = []
    for part in text.split(separator: ",") {
      let word = part.trimmingCharacters(in: .whitespaces)
      guard let range = range(of: word) else {
        throw CommandError(
          "--seeds takes whole numbers and ranges separated by commas (0,1,2 or 0-3), not '\(word)'", status: 64)
      }
      guard range.upperBound - range.lowerBound < SweepPlan.mostSeeds, seeds.count < SweepPlan.mostSeeds else {
        throw CommandError("--seeds takes at most \(SweepPlan.mostSeeds) seeds, not '\(word)'", status: 64)
      }
      seeds += Array(range)
    }
    if seeds.isEmpty { throw CommandError("--seeds is empty: give 0,1,2 or 0-3", status: 64) }
    return seeds
  }

  /// `7`, `0-3` or `0..3`, its ends included.
  private static func range(of text: String) -> ClosedRange<UInt64>? {
    if let seed = UInt64(text) { return seed...seed }
    for separator in ["...", "..", "-"] {
      guard let place = text.range(of: separator) else { continue }
      guard let low = UInt64(text[..<place.lowerBound]), let high = UInt64(text[place.upperBound...]), low <= high
      else {
        return nil
      }
      return low...high
    }
    return nil
  }
}
