import Messages
import Terminal

/// One option: its name in `config.toml`, what it is for, which values it takes, and how it is read from and put into the settings.
/// The file, the menu, the file of remembered choices and the documentation's test all go by this table.
package struct OptionField: Sendable {
  package enum Kind: Sendable, Equatable {
    case choice([String])
    case flag
    case number(ClosedRange<Int>)
    /// A path, a name or a filter; a menu shows it and says where it is set.
    case text
  }

  package let name: String
  package let about: String
  package let kind: Kind
  /// What is changed while the dashboard runs is there again at its next start.
  package let isRemembered: Bool
  /// Takes effect when the dashboard is started again.
  package let needsStart: Bool
  package let get: @Sendable (DashboardSettings) -> String
  private let put: @Sendable (String, inout DashboardSettings) -> Void

  /// Takes a value as it is written.
  /// - Returns: what it must be; nil where it was taken.
  package func set(_ text: String, in settings: inout DashboardSettings) -> String? {
    switch kind {
    case .choice(let values):
      // Runs can be in the order of any setting, too.
      guard values.contains(text) || name == "sort" && RunsTable.Sort(key: text) != nil else {
        return "it must be one of \(values.joined(separator: ", "))"
      }
    case .flag:
      guard text == "true" || text == "false" else { return "it must be true or false" }
    case .number(let range):
      guard let number = Int(text), range.contains(number) else {
        return "it must be a whole number from \(range.lowerBound) to \(range.upperBound)"
      }
    case .text:
      // One line in menus and messages.
      guard !text.contains(where: \.isNewline) else { return "it must be one line" }
    }
    put(text, &settings)
    return nil
  }

  /// The value after this one; nil where there is none to go to.
  package func next(after text: String) -> String? {
    switch kind {
    case .choice(let values):
      let index = values.firstIndex(of: text) ?? values.count - 1
      return values[(index + 1) % values.count]
    case .flag: return text == "true" ? "false" : "true"
    case .number(let range):
      guard let number = Int(text) else { return nil }
      // In steps that a person sees, back to the least after the most.
      let steps = [1, 2, 5, 10, 20, 30, 60].filter { range.contains($0) }
      return (steps.first { $0 > number } ?? steps.first).map(String.init)
    case .text: return nil
    }
  }

  private init(
    _ name: String, _ about: String, _ kind: Kind, isRemembered: Bool = true, needsStart: Bool = false,
    get: @escaping @Sendable (DashboardSettings) -> String,
    put: @escaping @Sendable (String, inout DashboardSettings) -> Void
  ) {
    self.name = name
    self.about = about
    self.kind = kind
    self.isRemembered = isRemembered
    self.needsStart = needsStart
    self.get = get
    self.put = put
  }

  private static func flag(
    _ name: String, _ about: String, _ path: WritableKeyPath<DashboardSettings, Bool> & Sendable,
    isRemembered: Bool = true, needsStart: Bool = false
  ) -> OptionField {
    OptionField(name, about, .flag, isRemembered: isRemembered, needsStart: needsStart) {
      $0[keyPath: path] ? "true" : "false"
    } put: {
      $1[keyPath: path] = $0 == "true"
    }
  }

  private static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ about: String, _ path: WritableKeyPath<DashboardSettings, Value> & Sendable
  ) -> OptionField where Value.RawValue == String {
    OptionField(name, about, .choice(Value.allCases.map(\.rawValue))) {
      $0[keyPath: path].rawValue
    } put: {
      if let value = Value(rawValue: $0) { $1[keyPath: path] = value }
    }
  }

  private static func text(
    _ name: String, _ about: String, _ path: WritableKeyPath<DashboardSettings, String> & Sendable,
    isRemembered: Bool = true, needsStart: Bool = false
  ) -> OptionField {
    OptionField(name, about, .text, isRemembered: isRemembered, needsStart: needsStart) {
      $0[keyPath: path]
    } put: {
      $1[keyPath: path] = $0
    }
  }

  /// How a smoothing is written: the weight of the average, as `.9` is shown.
  private static let smoothings = MovingAverage.betas.map { $0 == 0 ? "0" : String($0) }
  /// By the length of each run.
  private static let automatic = "auto"

  package static let all: [OptionField] = [
    text("theme", "theme, by name", \.theme),
    OptionField(
      "color", "colours: fewer than the terminal has", .choice(["auto"] + ColorDepth.allCases.map(\.rawValue))
    ) {
      $0.color?.rawValue ?? "auto"
    } put: {
      $1.color = ColorDepth(rawValue: $0)
    },
    OptionField(
      "charset", "characters of charts and frames", .choice(["auto"] + CharacterSet.allCases.map(\.rawValue)),
      needsStart: true
    ) {
      $0.charset?.rawValue ?? "auto"
    } put: {
      $1.charset = CharacterSet(rawValue: $0)
    },
    flag("graphics", "pictures as such, not as cells", \.graphics, needsStart: true),
    flag("mouse", "mouse reports; off: the terminal selects text", \.mouse),
    flag("bell", "bell when a study ends", \.bell),
    flag("notify", "desktop message (OSC 9) when a study ends", \.notify),
    OptionField("refresh", "frames a second while something changes", .number(1...60)) {
      String($0.refresh)
    } put: {
      if let number = Int($0) { $1.refresh = number }
    },
    flag("machine", "cores, memory and other programs in the header", \.machine),
    choice("axes", "axes of curves", \.axes),
    OptionField(
      "smoothing", "curves' moving average; auto: 0.6 under \(CurveSmoothing.shortSteps) steps",
      .choice([automatic] + smoothings)
    ) {
      $0.smoothing.map { smoothings[min(max(0, $0), smoothings.count - 1)] } ?? automatic
    } put: {
      $1.smoothing = smoothings.firstIndex(of: $0)
    },
    flag("raw", "raw values under smoothed curves", \.raw),
    choice("scatter", "x axis of the scatter plot", \.scatterX),
    OptionField(
      "confidence", "intervals in the scatter plot", .choice(["bars", "ellipses", "off"])
    ) {
      $0.confidence.rawValue
    } put: {
      if let value = ScatterModel.Uncertainty(rawValue: $0) { $1.confidence = value }
    },
    OptionField("sort", "column that orders the runs", .choice(RunsTable.Sort.plain.map(\.key))) {
      $0.sort.key
    } put: {
      if let sort = RunsTable.Sort(key: $0) { $1.sort = sort }
    },
    flag("reverse", "runs in reverse order", \.reversed),
    text("filter", "filter of the runs", \.filter),
    flag("remember", "what was chosen last is there at the next start", \.remember),
    text("keys", "keys instead of keys.toml", \.keys, isRemembered: false, needsStart: true),
    text("store", "store that is used without --store", \.store, isRemembered: false, needsStart: true),
  ]

  package static func named(_ name: String) -> OptionField? { all.first { $0.name == name } }
}
