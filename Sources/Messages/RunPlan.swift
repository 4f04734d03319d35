import Foundation
import Recipe

/// Everything that determines a run: with the base's weights and the data, the same plan gives the same bits.
public struct RunPlan: Hashable, Codable, Sendable {
  public var model: ModelReference
  public var data: DataReference
  public var targets: Targets
  public var settings: RunSettings {
    _read { yield shared.settings }
    _modify { yield &shared.settings }
  }
  private var shared: SharedSettings
  /// The adapter is made of another run's, and nothing is trained; `targets` and `settings` are that run's. Nil for what is trained.
  public var pruning: Pruning?

  public init(model: ModelReference, data: DataReference, targets: Targets, settings: RunSettings) {
    self.model = model
    self.data = data
    self.targets = targets
    shared = SharedSettings(settings: settings)
  }

  private enum CodingKeys: String, CodingKey {
    case model, data, targets
    case shared = "settings"
    case pruning
  }

  /// Nothing carries an adapter and nothing is trained: the base itself is evaluated.
  public var isBaseline: Bool { targets.isEmpty }

  /// The evaluation of the base that this run's score is seen against: the same for all runs of a model on a data set that are
  /// evaluated alike. Nil where nothing is evaluated, and for a baseline itself.
  public var baseline: RunPlan? {
    if isBaseline || settings.evaluationExamples == 0 { return nil }
    if case .file(_, evaluation: .none) = data { return nil }
    return RunPlan(model: model, data: data, targets: [], settings: settings.evaluationOnly)
  }
}

/// Settings that copies of a plan share until one of them is changed: they are many, plans are copied all the time, and a store of thousands
/// of runs holds each of its plans more than once.
private struct SharedSettings: Hashable, Codable, Sendable {
  /// Always one element: an array is a box that is copied when it is shared and written to.
  private var box: [RunSettings]

  init(settings: RunSettings) { box = [settings] }

  init(from decoder: any Decoder) throws { box = [try RunSettings(from: decoder)] }

  func encode(to encoder: any Encoder) throws { try settings.encode(to: encoder) }

  var settings: RunSettings {
    _read { yield box[0] }
    _modify { yield &box[0] }
  }
}

/// A base model: the embedded one, or a Hugging Face folder.
public enum ModelReference: Hashable, Codable, Sendable {
  case builtin
  case folder(path: String)

  public var displayName: String {
    switch self {
    case .builtin: "builtin"
    case .folder(let path): Self.name(of: path)
    }
  }

  /// The last part of a path; of a snapshot in the hub's cache (`models--org--name/snapshots/…`) the model's own name.
  private static func name(of path: String) -> String {
    let parts = path.split(separator: "/")
    if parts.count > 2, parts[parts.count - 2] == "snapshots", parts[parts.count - 3].hasPrefix("models--") {
      return String(parts[parts.count - 3].dropFirst("models--".count).replacing("--", with: "/"))
    }
    return parts.last.map(String.init) ?? path
  }
}

/// Training data: a built-in task by name, a person's own file, or a published data set's folder or file.
public enum DataReference: Hashable, Codable, Sendable {
  case task(name: String)
  case file(path: String, evaluation: EvaluationSource)
  /// `name` is the built-in task's that stands in for it. With no evaluation named, the folder's own evaluation part is taken.
  case published(name: String, path: String, evaluation: EvaluationSource)

  public var displayName: String {
    switch self {
    case .task(let name): name
    case .file(let path, _): Self.lastPart(of: path)
    case .published(let name, let path, _): "\(name):\(Self.lastPart(of: path))"
    }
  }

  /// Whether it is generated and not read from files.
  public var isBuiltin: Bool { if case .task = self { true } else { false } }

  private static func lastPart(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// The settings in which runs differ that otherwise look alike, in few words: `r16 lr1e-3`.
///
/// Runs on one data set are set against each other: another data set brings settings of its own.
public struct SettingsDifferences: Sendable {
  private struct Group: Sendable {
    /// Those that have more than one value, in the order in which they are shown.
    var fields: [SettingField] = []
    var hasSeveralModels = false
  }

  /// What runs have in common that no words tell apart: all but modules, seeds and what decides nothing.
  private struct Kind: Hashable {
    var data: DataReference
    var model: ModelReference
    var settings: RunSettings
  }

  private var groups: [DataReference: Group] = [:]
  /// The words of each kind of run, and of each plan the place of its kind in them; nil for the base's evaluations.
  private var texts: [String] = []
  private var kinds: [Int?] = []

  public init() {}

  /// - Parameter plans: of the runs in view; evaluations of the base have no settings of training.
  public init(_ plans: some Sequence<RunPlan>) {
    var known: [Kind: Int] = [:]
    var firsts: [RunPlan] = []
    for plan in plans {
      guard !plan.isBaseline else {
        kinds.append(nil)
        continue
      }
      let kind = Kind(data: plan.data, model: plan.model, settings: Self.comparable(plan.settings))
      if known[kind] == nil {
        known[kind] = firsts.count
        firsts.append(plan)
      }
      kinds.append(known[kind])
    }
    for (data, kinds) in Dictionary(grouping: known.keys, by: \.data) {
      let all = Set(kinds.map(\.settings))
      let hasSeveralModels = Set(kinds.map(\.model)).count > 1
      guard all.count > 1 || hasSeveralModels else { continue }
      var fields = SettingField.all.filter { field in Set(all.map(field.value)).count > 1 }
      // Its word is that of the epochs where no steps are set.
      if fields.contains(where: { $0.key == "steps" }) { fields.removeAll { $0.key == "epochs" } }
      groups[data] = Group(fields: fields, hasSeveralModels: hasSeveralModels)
    }
    texts = firsts.map(text)
  }

  /// The text of the plan at this place among those that differences were looked for in: made once for all plans that are alike.
  package func text(at place: Int) -> String { kinds[place].map { texts[$0] } ?? "" }

  /// The settings in which runs of some data set differ, by their keys in a plan, in the order of the table of settings.
  public var keys: [String] {
    let found = Set(groups.values.flatMap { $0.fields.map(\.key) })
    return SettingField.all.map(\.key).filter(found.contains)
  }

  /// Every two runs of a data set have the same settings.
  public var isEmpty: Bool { groups.isEmpty }

  /// What sets this run apart from others on its data set; empty where nothing does.
  public func text(_ plan: RunPlan) -> String {
    guard !plan.isBaseline, let group = groups[plan.data] else { return "" }
    var words = group.fields.compactMap { Self.word($0, plan.settings) }
    if group.hasSeveralModels { words.insert(plan.model.displayName, at: 0) }
    return words.joined(separator: " ")
  }

  /// Without what has a column of its own or decides nothing.
  private static func comparable(_ settings: RunSettings) -> RunSettings {
    var settings = settings
    settings.seed = 0
    settings.output = nil
    settings.measureLatency = true
    settings.evalEvery = 0
    settings.python = nil
    return settings
  }

  /// `16`, `0.05`, `2e-4`.
  private static func short(_ value: Double) -> String {
    if value == value.rounded(), value.magnitude < 1e6 { return String(Int(value)) }
    let text = String(format: value.magnitude < 0.01 || value.magnitude >= 1e6 ? "%.3e" : "%.4g", value)
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else { return text }
    var digits = text[..<mark]
    if digits.contains(".") {
      while digits.last == "0" { digits.removeLast() }
      if digits.last == "." { digits.removeLast() }
    }
    return "\(digits)e\(exponent)"
  }

  /// Nil where the value goes without saying.
  private static func word(_ field: SettingField, _ settings: RunSettings) -> String? {
    switch field.key {
    case "steps": return settings.steps.map { "\($0) steps" } ?? "\(short(settings.epochs)) ep"
    case "epochs": return settings.steps == nil ? "\(short(settings.epochs)) ep" : nil
    default: break
    }
    let value = field.resolved(settings)
    if value == nil, field.brief == nil || field.isByGroup { return nil }
    let text =
      if case .number(let number)? = value, number != 0 || field.zero == nil { short(number) } else {
        field.text(settings)
      }
    // Of a path its last part.
    return (field.brief ?? field.stored + " ") + (text.split(separator: "/").last.map(String.init) ?? text)
  }
}
