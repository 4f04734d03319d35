/// One setting of a run, as everything needs it that lists settings: the command line, plans, JSON, Compare, the form, and the
/// comparisons of runs and of checkpoints.
package struct SettingField: Sendable {
  /// What a value may be.
  package enum Values: Sendable {
    /// In words where it is off and where it is on.
    case flag(off: String, on: String)
    case whole(ClosedRange<Int>)
    case seed
    case number(NumberRange)
    /// One of these names.
    case choice([String])
    /// One of these words, or a whole number from 0 up, as text.
    case wordOrSeed([String])
    case text
    /// What single module groups have instead of the field before it: `o_proj=8,fc2=4`, each one of these values.
    indirect case byGroup(Values)

    package static let yesOrNo = Values.flag(off: "no", on: "yes")

    static func oneOf<Names: CaseIterable & RawRepresentable<String>>(_: Names.Type) -> Values {
      .choice(Names.allCases.map(\.rawValue))
    }
  }

  /// What comes out differently under another value.
  package struct Decides: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Anything that a run leaves behind.
    package static let result = Decides(rawValue: 1)
    /// The bits of each step on the same examples: a checkpoint goes on only where these are as they were.
    package static let training = Decides(rawValue: 2)
    /// The time of a step or of an answer.
    package static let time = Decides(rawValue: 4)
    /// The score of an adapter that is given, or of the base without one.
    package static let evaluation = Decides(rawValue: 8)
    static let everything: Decides = [.result, .training, .time, .evaluation]
    /// How examples are read, written out and scored.
    package static let reading: Decides = [.result, .time, .evaluation]
  }

  /// Its place in the dashboard's form.
  package struct Form: Sendable {
    package enum Step: Sendable {
      /// Twice or half as much.
      case doubling
      /// The next of 1, 2, 5, 10, …
      case oneTwoFive
      case by(Double)
      /// The next choice.
      case next
    }

    package let label: String
    package let step: Step
    /// How far steps lead; nil: through all that the setting may be.
    package let reach: ClosedRange<Double>?

    package init(_ label: String, _ step: Step, _ reach: ClosedRange<Double>? = nil) {
      (self.label, self.step, self.reach) = (label, step, reach)
    }
  }

  /// Its key in a plan, and with hyphens its name in refusals.
  package let key: String
  /// Its key in stored JSON, which never changes.
  package let stored: String
  /// Its row in Compare.
  package let title: String
  /// What it is, in one line: for the form and for help.
  package let about: String
  package let values: Values
  package let decides: Decides
  /// Nil where the form has no place for it.
  package let form: Form?
  /// The option of the command line that sets it, without its hyphens.
  package let flag: String
  /// Whether a plan's table of settings has it; what else there is, the plan itself says.
  package let isInPlan: Bool
  /// How a table of runs shortens its name; nil: it writes the stored key, and nothing where nothing is chosen.
  package let brief: String?
  /// In words, where nothing is chosen, and where the number is 0.
  package let unset: String
  package let zero: String?

  /// As it is set.
  package let value: @Sendable (RunSettings) -> SettingValue?
  /// Sets it; false for a value of another type.
  package let put: @Sendable (SettingValue?, inout RunSettings) -> Bool
  package let copy: @Sendable (RunSettings, inout RunSettings) -> Void
  let decode: @Sendable (KeyedDecodingContainer<StoredKey>, inout RunSettings) throws -> Void
  let encode: @Sendable (RunSettings, inout KeyedEncodingContainer<StoredKey>) throws -> Void

  /// - Parameter isAlwaysStored: false for a setting that came later: it is stored where it differs from its default, so that what was
  ///   stored without it means what it did.
  init<Value: SettingType>(
    _ key: String, _ stored: String, _ path: WritableKeyPath<RunSettings, Value> & Sendable, _ title: String,
    _ values: Values, _ decides: Decides, _ about: String, form: Form? = nil, flag: String? = nil,
    isInPlan: Bool = true,
    brief: String? = nil, unset: String = "–", zero: String? = nil, isAlwaysStored: Bool = true
  ) {
    self.key = key
    self.stored = stored
    self.title = title
    self.about = about
    self.values = values
    self.decides = decides
    self.form = form
    self.flag = flag ?? key.hyphenated
    self.isInPlan = isInPlan
    self.brief = brief
    self.unset = unset
    self.zero = zero
    value = { $0[keyPath: path].settingValue }
    put = { value, settings in
      guard let value = Value(value) else { return false }
      settings[keyPath: path] = value
      return true
    }
    copy = Self.copy(path)
    let name = StoredKey(stringValue: stored)
    let standard = RunSettings()[keyPath: path]
    let isOptional = standard.settingValue == nil || !isAlwaysStored
    decode = { container, settings in
      if isOptional, !container.contains(name) { return }
      if isOptional, try container.decodeNil(forKey: name) { return }
      settings[keyPath: path] = try container.decode(Value.self, forKey: name)
    }
    encode = { settings, container in
      let value = settings[keyPath: path]
      if isOptional, value == standard { return }
      try container.encode(value, forKey: name)
    }
  }

  /// A stored property is copied at its place in memory: key paths take ten times as long, and screens ask of every run in every frame
  /// how it is evaluated.
  private static func copy<Value: SettingType>(
    _ path: WritableKeyPath<RunSettings, Value> & Sendable
  ) -> @Sendable (RunSettings, inout RunSettings) -> Void {
    guard let offset = MemoryLayout<RunSettings>.offset(of: path) else {
      return { $1[keyPath: path] = $0[keyPath: path] }
    }
    return { source, target in
      let value = withUnsafeBytes(of: source) { $0.load(fromByteOffset: offset, as: Value.self) }
      withUnsafeMutableBytes(of: &target) { bytes in
        guard let base = bytes.baseAddress else { return }
        base.advanced(by: offset).assumingMemoryBound(to: Value.self).pointee = value
      }
    }
  }

  /// The keys of what says who computes.
  package static let ofEngines: Set = ["engine", "device", "load_in", "python"]

  /// The field of a key of a plan.
  package static func named(_ key: String) -> SettingField? { all.first { $0.key == key } }

  /// What refusals call it: as the command line does.
  package var name: String { isByGroup ? flag : key.hyphenated }

  /// Whether it says what single module groups have instead of another setting's value.
  package var isByGroup: Bool { if case .byGroup = values { true } else { false } }

  /// The field that says the same of single module groups, where there is one.
  package var groups: SettingField? { Self.groups[key] }

  private static let groups = Dictionary(
    uniqueKeysWithValues: all.filter(\.isByGroup).compactMap { field in
      all.first { field.key == "\($0.key)_by_group" }.map { ($0.key, field) }
    })

  /// As it counts: alpha has a value where none is set.
  package func resolved(_ settings: RunSettings) -> SettingValue? {
    value(settings) ?? (key == "alpha" ? .number(settings.resolvedAlpha) : nil)
  }

  /// In words, as Compare shows it.
  package func text(_ settings: RunSettings) -> String {
    switch (resolved(settings), values) {
    case (.flag(let isOn)?, .flag(let off, let on)): isOn ? on : off
    case (.number(let number)?, _): number == 0 ? zero ?? "0" : SettingValue.plain(number)
    case (let value?, _): value.description
    case (nil, _): unset
    }
  }

  /// What a value must be, in words; nil where this one may be taken.
  package func expected(insteadOf value: SettingValue?) -> String? {
    switch (value, values) {
    case (.whole(let value)?, .whole(let range)) where range.contains(value): nil
    case (.number(let value)?, .number(let range)) where range.contains(value): nil
    case (.text(let value)?, .choice(let names)) where names.contains(value): nil
    case (.text(let value)?, .wordOrSeed(let words)) where words.contains(value) || UInt64(value) != nil: nil
    case (.flag?, .flag), (.seed?, .seed), (.text?, .text): nil
    case (.text(let text)?, .byGroup(let each)) where Self.fits(text, each): nil
    case (_, .flag): "true or false"
    case (_, .whole(let range)): "a whole number \(range.words)"
    case (_, .number(let range)): "a number \(range.words)"
    case (_, .seed): "a whole number from 0 to \(UInt64.max)"
    case (_, .choice(let names)): names.joined(separator: ", ")
    case (_, .wordOrSeed(let words)): "\(words.joined(separator: ", ")) or a whole number from 0 to \(UInt64.max)"
    case (_, .text): "a text in quotes"
    case (_, .byGroup(.whole(let range))): "for each group a whole number \(range.words)"
    case (_, .byGroup(.number(let range))): "for each group a number \(range.words)"
    case (_, .byGroup): "values of module groups"
    }
  }

  private static func fits(_ text: String, _ each: Values) -> Bool {
    switch each {
    case .whole(let range): ByGroup<Int>(.text(text))?.entries.allSatisfy { range.contains($0.value) } ?? false
    case .number(let range): ByGroup<Double>(.text(text))?.entries.allSatisfy { range.contains($0.value) } ?? false
    default: false
    }
  }
}

extension String {
  var hyphenated: String { String(map { $0 == "_" ? "-" : $0 }) }
}

struct StoredKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

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
extension DataSeed: SettingType {}

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
