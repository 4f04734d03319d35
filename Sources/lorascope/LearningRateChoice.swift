import ArgumentParser
import Foundation
import Messages
import Recipe

/// `--lr`: a rate, or rates that race each other on the tuning split before the first whole run.
enum LearningRateChoice: ExpressibleByArgument, Equatable {
  case rate(Double)
  /// ×1, ×2 and ×4 of the settings' own.
  case auto
  case range(ClosedRange<Double>)

  init?(argument: String) {
    if argument == "auto" {
      self = .auto
    } else if let rate = Double(argument) {
      self = .rate(rate)
    } else if let place = argument.range(of: ".."), let low = Double(argument[..<place.lowerBound]),
      let high = Double(argument[place.upperBound...]), low <= high, TrainingLimits.factors.contains(low),
      TrainingLimits.factors.contains(high)
    {
      self = .range(low...high)
    } else {
      return nil
    }
  }

  /// The one rate that was given, if it was one.
  var fixed: Double? { if case .rate(let rate) = self { rate } else { nil } }

  /// Rates that race; nil for one that was given.
  var racing: SearchChoice.Rates? {
    switch self {
    case .rate: nil
    case .auto: .auto
    case .range(let range): .range(low: range.lowerBound, high: range.upperBound)
    }
  }
}
