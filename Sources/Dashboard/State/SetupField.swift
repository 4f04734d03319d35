import Foundation
import Messages
import Recipe
import Terminal

/// One field of the setup form. What a setting is called, what it may be and what a step does to it is said in its row of
/// ``SettingField/all``, whose key is the raw value.
package enum SetupField: String, CaseIterable, Hashable, Sendable {
  case model, data, seeds
  case rank, alpha
  case learningRate = "lr"
  case ratio = "lr_ratio"
  /// Steps or epochs.
  case steps
  case batch = "batch_size"
  case length = "sequence_length"
  case schedule, warmup, dropout, clip
  case adapter = "dora"
  case acting = "prompt_only"
  case precision = "bf16"
  case scoring = "eval_bf16"
  /// Steps between looks at the loss on held-out examples.
  case heldOut = "eval_every"
  case engine, device
  case packing = "load_in"
  case python

  /// What says where PEFT computes; of no use with lorascope's own engine.
  package static let ofPEFT: Set = [SetupField.device, .packing, .python]

  private static let settings = Dictionary(
    uniqueKeysWithValues: allCases.compactMap { field in SettingField.named(field.rawValue).map { (field, $0) } })

  /// Nil for what is no setting of a run.
  package var setting: SettingField? { Self.settings[self] }

  package var label: String {
    switch self {
    case .data: "dataset"
    default: setting?.form?.label ?? rawValue
    }
  }

  /// One line for the status row while the field has the cursor.
  package var about: String {
    switch self {
    case .model:
      "the base model: the embedded one or a Hugging Face folder; its weights stay frozen; Backspace: the embedded one"
    case .data: "what is trained and scored: a built-in task, or a JSONL, JSON or CSV file of your own"
    case .seeds: "one run for each seed; n queues the first that has no run yet"
    default: setting?.about ?? ""
    }
  }

  /// The form's rows from top to bottom, each of one or two fields.
  package static let rows: [[SetupField]] = [
    [.model], [.data], [.rank, .alpha], [.learningRate, .ratio], [.steps, .batch], [.seeds, .length],
    [.schedule, .warmup], [.dropout, .clip], [.adapter, .precision], [.acting, .scoring],
    [.heldOut], [.engine], [.device, .packing], [.python],
  ]

  /// Opens a list of choices instead of a text field.
  package var isChoice: Bool {
    if case .next? = setting?.form?.step { return true }
    return self == .model || self == .data
  }

  package func copy(from source: RunSettings, to target: inout RunSettings) {
    setting?.copy(source, &target)
    setting?.groups?.copy(source, &target)
    if self == .steps { target.epochs = source.epochs }
  }
}

extension SetupField {
  /// Whether it is another one in these settings than in those.
  func differs(_ settings: RunSettings, _ others: RunSettings) -> Bool {
    var same = settings
    copy(from: others, to: &same)
    return same != settings
  }
}

/// The form's fields as text, and back.
extension SetupField {
  /// What the field shows and what editing starts from; model and data are shown by the snapshot instead.
  package func text(_ setup: Setup) -> String {
    let settings = setup.settings
    if self == .seeds { return setup.seeds.map(String.init).joined(separator: " ") }
    if self == .steps, settings.steps == nil { return NumberFormat.setting(settings.epochs) + " ep" }
    guard let setting else { return "" }
    let common =
      if case .number(let value)? = setting.resolved(settings) { NumberFormat.setting(value) } else {
        setting.text(settings)
      }
    guard case .text(let groups)? = setting.groups?.value(settings) else { return common }
    return ([common] + groups.split(separator: ",").map { Self.inFieldsForm(String($0)) }).joined(separator: ",")
  }

  /// `o_proj=0.006` with its number as fields write numbers.
  private static func inFieldsForm(_ group: String) -> String {
    let parts = group.split(separator: "=")
    guard parts.count == 2, let value = Double(parts[1]) else { return group }
    return "\(parts[0])=\(NumberFormat.setting(value))"
  }

  /// What the field shows: of single module groups in short, `3e-3 · o 6e-3`.
  package func shown(_ setup: Setup) -> String {
    if self == .heldOut {
      let every = setup.settings.evalEvery
      return every == 0 ? "no loss while it trains" : "loss every \(Counted.text(every, "step"))"
    }
    if Self.ofPEFT.contains(self), setup.settings.engine != .peft { return "–" }
    let words = text(setup).split(separator: ",")
    guard setting?.groups != nil, let common = words.first else { return text(setup) }
    let groups = words.dropFirst().map { " · " + $0.replacing("o_proj", with: "o").replacing("=", with: " ") }
    return String(common) + groups.joined()
  }

  /// Puts a typed value into the setup.
  /// - Returns: what is wrong with it, one line, or nil when it was taken.
  package func set(_ text: String, in setup: inout Setup) -> String? {
    let text = text.trimmingCharacters(in: .whitespaces)
    if self == .seeds { return seeds(text, &setup) }
    if self == .steps { return steps(text, &setup.settings) }
    guard let setting else { return nil }
    if let groups = setting.groups { return grouped(text, setting, groups, &setup.settings) }
    if text.isEmpty || text == setting.unset, setting.put(nil, &setup.settings) { return nil }
    let value: SettingValue?
    switch setting.values {
    case .whole: value = Int(text).map { .whole($0) }
    case .number: value = Double(text).map { .number($0) }
    case .seed: value = UInt64(text).map { .seed($0) }
    // A name without a folder is looked for in the search path when the run begins.
    case .text where self == .python: value = .text(text.contains("/") ? Path.expanded(text) : text)
    case .text, .byGroup, .wordOrSeed: value = .text(text)
    case .choice(let names):
      guard names.contains(text.lowercased()) else { return Self.oneOf(names) }
      value = .text(text.lowercased())
    case .flag(let off, let on):
      guard let name = [off, on].first(where: { $0.lowercased() == text.lowercased() }) else {
        return Self.oneOf([off, on])
      }
      value = .flag(name == on)
    }
    if let expected = setting.expected(insteadOf: value) { return expected }
    _ = setting.put(value, &setup.settings)
    return nil
  }

  /// As on the command line: `3e-3,o_proj=6e-3`. One number alone is that of every group.
  private func grouped(
    _ text: String, _ setting: SettingField, _ groups: SettingField, _ settings: inout RunSettings
  ) -> String? {
    let common: SettingValue?
    let byGroup: SettingValue?
    do {
      if case .whole = setting.values {
        let read = try GroupedValue<Int>(parsing: text)
        (common, byGroup) = (read.common?.settingValue, read.byGroup.settingValue)
      } else {
        let read = try GroupedValue<Double>(parsing: text)
        (common, byGroup) = (read.common?.settingValue, read.byGroup.settingValue)
      }
    } catch {
      return text.contains("=") ? "\(error)" : setting.expected(insteadOf: nil)
    }
    if let common, let expected = setting.expected(insteadOf: common) { return expected }
    if let byGroup, let expected = groups.expected(insteadOf: byGroup) { return expected }
    if let common { _ = setting.put(common, &settings) }
    _ = groups.put(byGroup, &settings)
    return nil
  }

  /// `constant, linear or cosine`.
  private static func oneOf(_ names: [String]) -> String {
    names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }

  /// The value one step up or down: powers of two for sizes, 1-2-5 for rates.
  package func stepped(_ direction: Int, _ setup: inout Setup) {
    if self == .steps { return stepLength(direction, &setup.settings) }
    guard let setting, let form = setting.form else { return }
    if case .choice(let names) = setting.values { return stepChoice(direction, names, setting, &setup.settings) }
    guard let value = setting.resolved(setup.settings) else { return }
    let next: SettingValue
    switch (setting.values, value) {
    case (.whole(let range), .whole(let number)):
      let wanted =
        switch form.step {
        case .by(let step): number + Int(step) * direction
        case .doubling, .oneTwoFive, .next: direction > 0 ? number * 2 : number / 2
        }
      next = .whole(min(range.upperBound, max(range.lowerBound, wanted)))
    case (.number(let range), .number(let number)):
      let reach = form.reach ?? range.low...range.high
      let wanted =
        switch form.step {
        case .by(let step): number + step * Double(direction)
        case .oneTwoFive: Figure.oneTwoFive(number, direction, in: reach)
        case .doubling, .next: direction > 0 ? number * 2 : number / 2
        }
      next = .number(min(reach.upperBound, max(reach.lowerBound, wanted)))
    case (_, .flag(let isOn)): next = .flag(!isOn)
    case (_, _): return
    }
    _ = setting.put(next, &setup.settings)
  }

  /// Where none of the names need be chosen, that is a choice too.
  private func stepChoice(
    _ direction: Int, _ names: [String], _ setting: SettingField, _ settings: inout RunSettings
  ) {
    var without = settings
    let choices: [String?] = (setting.put(nil, &without) ? [nil] : []) + names
    var index = 0
    if case .text(let name)? = setting.value(settings) { index = choices.firstIndex(of: name) ?? 0 }
    let next = choices[(index + direction + choices.count) % choices.count]
    _ = setting.put(next.map { .text($0) }, &settings)
    // What is PEFT's alone says nothing of lorascope's own engine.
    if self == .engine, settings.engine != .peft {
      for field in Self.ofPEFT { field.copy(from: RunSettings(), to: &settings) }
    }
  }

  private func stepLength(_ direction: Int, _ settings: inout RunSettings) {
    if let steps = settings.steps {
      let step = steps >= 200 ? 100 : steps >= 20 ? 10 : 1
      settings.steps = min(TrainingLimits.steps.upperBound, max(1, steps + direction * step))
    } else {
      settings.epochs = min(TrainingLimits.epochs.high, max(0.5, settings.epochs + 0.5 * Double(direction)))
    }
  }

  private func steps(_ text: String, _ settings: inout RunSettings) -> String? {
    if let value = Int(text), TrainingLimits.steps.contains(value) {
      settings.steps = value
      return nil
    }
    let unit = ["epochs", "epoch", "ep", "e"].first { text.hasSuffix($0) }
    let digits = text.dropLast(unit?.count ?? 0).trimmingCharacters(in: .whitespaces)
    guard unit != nil, let value = Double(digits), TrainingLimits.epochs.contains(value) else {
      return "steps such as 400, or epochs such as 2 ep"
    }
    settings.steps = nil
    settings.epochs = value
    return nil
  }

  private func seeds(_ text: String, _ setup: inout Setup) -> String? {
    let parts = text.split { $0 == " " || $0 == "," }
    let values = parts.compactMap { UInt64($0) }
    guard !values.isEmpty, values.count == parts.count, values.count <= 64 else {
      return "whole numbers such as 0 1 2 (at most 64)"
    }
    guard Set(values).count == values.count else { return "each seed once" }
    setup.seeds = values
    return nil
  }
}
