/// A value that no run can be made of: one line, by the name that the command line has for the setting.
package struct SettingProblem: Error, Hashable, CustomStringConvertible {
  package let field: String
  package let value: String
  package let expected: String

  package var description: String { "\(field) is \(value), but must be \(expected)" }
}

/// What loops over the table of settings.
extension RunSettings {
  /// The first value that no run can be made of.
  package func validate() throws(SettingProblem) {
    for field in SettingField.all {
      guard let value = field.resolved(self), let expected = field.expected(insteadOf: value) else { continue }
      throw SettingProblem(field: field.key.hyphenated, value: value.description, expected: expected)
    }
  }

  /// With the defaults of all that does not decide these.
  package func keeping(_ decided: SettingField.Decides) -> RunSettings {
    var own = RunSettings()
    for copy in Self.keepers[decided.rawValue] { copy(self, &own) }
    return own
  }

  /// By what is decided: screens ask this of every run in every frame.
  private static let keepers = (0...SettingField.Decides.everything.rawValue).map { decided in
    SettingField.all.filter { $0.decides.isSuperset(of: SettingField.Decides(rawValue: decided)) }.map(\.copy)
  }

  /// Without everything that decides training only: equal for runs that are evaluated alike.
  package var evaluationOnly: RunSettings {
    var own = keeping(.evaluation)
    own.measureLatency = false
    return own
  }

  /// Without what changes no time of a step or of an answer: equal for runs that go equally fast. In a parameter-matched study all ranks
  /// count as one.
  package var timing: RunSettings {
    var own = keeping(.time)
    own.dropout = dropout > 0 ? 0.1 : 0
    if parameterBudget != nil { own.rank = 0 }
    return own
  }

  /// What decides these and differs, as `name here against there`.
  package func differences(from other: RunSettings, in decided: SettingField.Decides) -> [String] {
    SettingField.all.compactMap { field in
      let (here, there) = (field.value(self), field.value(other))
      guard field.decides.isSuperset(of: decided), here != there else { return nil }
      return "\(field.key.hyphenated) \(here?.description ?? "none") against \(there?.description ?? "none")"
    }
  }
}

/// JSON with the keys of the first version. Settings that came later are absent where they have their defaults.
extension RunSettings: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(from: decoder, SettingField.all)
  }

  public func encode(to encoder: any Encoder) throws { try encode(to: encoder, SettingField.all) }

  /// Some of them, among others' keys.
  package init(from decoder: any Decoder, _ fields: [SettingField]) throws {
    self.init()
    let container = try decoder.container(keyedBy: StoredKey.self)
    for field in fields { try field.decode(container, &self) }
  }

  package func encode(to encoder: any Encoder, _ fields: [SettingField]) throws {
    var container = encoder.container(keyedBy: StoredKey.self)
    for field in fields { try field.encode(self, &container) }
  }
}
