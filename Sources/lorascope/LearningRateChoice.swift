import ArgumentParser
import Foundation
import Messages
import Recipe

/// `--lr`: a rate, or rates that race each other on the tuning split before the first whole run.
enum LearningRateChoice: Equatable, Sendable {
  case rate(GroupedValue<Double>)
  /// ×1, ×2 and ×4 of the settings' own.
  case auto
  case range(ClosedRange<Double>)

  /// - Throws: `ValidationError` for what is none of them.
  static func read(_ text: String) throws -> LearningRateChoice {
    if text == "auto" { return .auto }
    guard let place = text.range(of: "..") else { return .rate(try GroupedArgument.read(text)) }
    guard let low = Double(text[..<place.lowerBound]), let high = Double(text[place.upperBound...]), low <= high,
      TrainingLimits.factors.contains(low), TrainingLimits.factors.contains(high)
    else {
      throw ValidationError(
        "'\(text)' is no range of learning rates: give the lower and the higher one, as 1e-3..1e-2")
    }
    guard low < high else {
      throw ValidationError("'\(text)' is one learning rate, which races nothing: give --lr \(low)")
    }
    return .range(low...high)
  }

  /// What was given without a race.
  var fixed: GroupedValue<Double>? { if case .rate(let rate) = self { rate } else { nil } }

  /// Rates that race; nil for one that was given.
  var racing: SearchChoice.Rates? {
    switch self {
    case .rate: nil
    case .auto: .auto
    case .range(let range): .range(low: range.lowerBound, high: range.upperBound)
    }
  }
}
