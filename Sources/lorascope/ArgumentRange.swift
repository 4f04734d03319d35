import ArgumentParser
import Recipe

/// What numbers on the command line may be: both ends are said, and a number outside is a usage error.
enum ArgumentRange {
  static func check(_ value: Int?, _ name: String, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("--\(name) must be \(range.words), not \(value)")
  }

  static func check(_ value: Double?, _ name: String, _ range: NumberRange) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("--\(name) must be \(range.words), not \(value)")
  }

  static func rank(_ value: Int) throws { try check(value, "rank", TrainingLimits.ranks) }
  static func threads(_ value: Int?) throws { try check(value, "threads", TrainingLimits.threads) }
  static func newTokens(_ value: Int?) throws { try check(value, "max-new-tokens", TrainingLimits.positions) }
  static func examples(_ value: Int?) throws { try check(value, "examples", TrainingLimits.examples) }
  static func samples(_ value: Int) throws { try check(value, "samples", TrainingLimits.counts) }
}

/// Flags that set settings of a run.
protocol SettingFlags {
  /// Each flag's value by its setting's key, nil where it was not given.
  var given: [(key: String, value: (any SettingType)?)] { get }
}

extension SettingFlags {
  func put(into settings: inout RunSettings) {
    for (key, value) in given {
      guard let value = value?.settingValue else { continue }
      _ = SettingField.named(key)?.put(value, &settings)
    }
  }

  func checkRanges() throws {
    for (key, value) in given {
      guard let field = SettingField.named(key) else { continue }
      switch (field.values, value?.settingValue) {
      case (.whole(let range), .whole(let number)?): try ArgumentRange.check(number, field.flag, range)
      case (.number(let range), .number(let number)?): try ArgumentRange.check(number, field.flag, range)
      case (_, _): continue
      }
    }
  }
}

extension ArgumentHelp {
  /// What the setting is, and its default where that says something.
  static func setting(_ key: String, _ valueName: String? = nil) -> ArgumentHelp {
    guard let field = SettingField.named(key) else { return "" }
    var text = field.about.prefix(1).uppercased() + field.about.dropFirst()
    switch field.value(RunSettings()) {
    case .whole?, .number?, .text?: text += " (default: \(field.text(RunSettings())))"
    case .flag?, .seed?, nil: break
    }
    return ArgumentHelp("\(text).", valueName: valueName)
  }
}

extension LearningRateSchedule: ExpressibleByArgument {}
extension RunSettings.EvaluationSplit: ExpressibleByArgument {}
