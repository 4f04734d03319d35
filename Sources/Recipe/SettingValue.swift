/// A setting's value, whatever it is: what tables, forms and files deal in.
package enum SettingValue: Hashable, Sendable, CustomStringConvertible {
  case flag(Bool)
  case whole(Int)
  case seed(UInt64)
  case number(Double)
  case text(String)

  package var description: String {
    switch self {
    case .flag(let value): "\(value)"
    case .whole(let value): "\(value)"
    case .seed(let value): "\(value)"
    // What was given in single precision has few digits in it only.
    case .number(let value): Double(Float(value)) == value ? "\(Float(value))" : "\(value)"
    case .text(let value): value
    }
  }

  /// `8`, `0.05`: whole numbers without a point.
  package static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : "\(value)"
  }
}

/// A type of a property of ``RunSettings``.
package protocol SettingType: Codable, Hashable, Sendable {
  /// Nil where nothing is chosen.
  var settingValue: SettingValue? { get }
  /// Nil where the value is of another type.
  init?(_ value: SettingValue?)
}

extension Bool: SettingType {
  package var settingValue: SettingValue? { .flag(self) }
  package init?(_ value: SettingValue?) {
    guard case .flag(let flag)? = value else { return nil }
    self = flag
  }
}

extension Int: SettingType {
  package var settingValue: SettingValue? { .whole(self) }
  package init?(_ value: SettingValue?) {
    guard case .whole(let number)? = value else { return nil }
    self = number
  }
}

extension UInt64: SettingType {
  package var settingValue: SettingValue? { .seed(self) }
  package init?(_ value: SettingValue?) {
    guard case .seed(let seed)? = value else { return nil }
    self = seed
  }
}

extension Double: SettingType {
  package var settingValue: SettingValue? { .number(self) }
  package init?(_ value: SettingValue?) {
    guard case .number(let number)? = value else { return nil }
    self = number
  }
}

extension String: SettingType {
  package var settingValue: SettingValue? { .text(self) }
  package init?(_ value: SettingValue?) {
    guard case .text(let text)? = value else { return nil }
    self = text
  }
}

extension SettingType where Self: RawRepresentable<String> {
  package var settingValue: SettingValue? { .text(rawValue) }
  package init?(_ value: SettingValue?) {
    guard case .text(let text)? = value else { return nil }
    self.init(rawValue: text)
  }
}

extension LearningRateSchedule: SettingType {}
extension RunSettings.EvaluationSplit: SettingType {}

extension Optional: SettingType where Wrapped: SettingType {
  package var settingValue: SettingValue? { flatMap(\.settingValue) }
  package init?(_ value: SettingValue?) {
    guard let value else {
      self = .none
      return
    }
    guard let wrapped = Wrapped(value) else { return nil }
    self = wrapped
  }
}
