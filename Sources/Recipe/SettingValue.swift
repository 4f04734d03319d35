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

extension SettingType {
  package init?(_ value: SettingValue?) {
    let own: (any Sendable)? =
      switch value {
      case .flag(let flag)?: flag
      case .whole(let number)?: number
      case .seed(let seed)?: seed
      case .number(let number)?: number
      case .text(let text)?: text
      case nil: nil
      }
    guard let own = own as? Self else { return nil }
    self = own
  }
}

extension Bool: SettingType { package var settingValue: SettingValue? { .flag(self) } }
extension Int: SettingType { package var settingValue: SettingValue? { .whole(self) } }
extension UInt64: SettingType { package var settingValue: SettingValue? { .seed(self) } }
extension Double: SettingType { package var settingValue: SettingValue? { .number(self) } }
extension String: SettingType { package var settingValue: SettingValue? { .text(self) } }

extension SettingType where Self: RawRepresentable<String> {
  package var settingValue: SettingValue? { .text(rawValue) }
  package init?(_ value: SettingValue?) {
    guard case .text(let text)? = value else { return nil }
    self.init(rawValue: text)
  }
}

extension LearningRateSchedule: SettingType {}
extension RunSettings.EvaluationSplit: SettingType {}
extension DataForm: SettingType {}
extension TrainedTurns: SettingType {}
extension MetricName: SettingType {}

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
