import Foundation

/// In which settings runs differ that otherwise look alike, in few words: `r16 lr1e-3`.
///
/// Runs on one data set are set against each other: another data set brings settings of its own. What is compared is every key
/// under which settings are stored, so that a setting that is added later cannot be forgotten here.
public struct SettingsDifferences: Sendable {
  private typealias Fields = [String: String]

  private struct Group: Sendable {
    /// Keys that have more than one value, in the order in which they are shown.
    var keys: [String] = []
    var hasSeveralModels = false
    var fields: [RunSettings: Fields] = [:]
  }

  private var groups: [DataReference: Group] = [:]

  public init() {}

  /// - Parameter plans: of the runs in view; evaluations of the base have no settings of training.
  public init(_ plans: some Sequence<RunPlan>) {
    var settings: [DataReference: Set<RunSettings>] = [:]
    var models: [DataReference: Set<ModelReference>] = [:]
    for plan in plans where !plan.isBaseline {
      settings[plan.data, default: []].insert(Self.comparable(plan.settings))
      models[plan.data, default: []].insert(plan.model)
    }
    for (data, all) in settings {
      let hasSeveralModels = (models[data]?.count ?? 0) > 1
      guard all.count > 1 || hasSeveralModels else { continue }
      var group = Group(hasSeveralModels: hasSeveralModels)
      for one in all { group.fields[one] = Self.fields(one) }
      let known = Set(group.fields.values.flatMap(\.keys))
      let differing = known.filter { key in Set(group.fields.values.map { $0[key] }).count > 1 }
      group.keys = differing.sorted { (Self.place($0), $0) < (Self.place($1), $1) }
      groups[data] = group
    }
  }

  /// Every two runs of a data set have the same settings.
  public var isEmpty: Bool { groups.isEmpty }

  /// What sets this run apart from others on its data set; empty where nothing does.
  public func text(_ plan: RunPlan) -> String {
    guard !plan.isBaseline, let group = groups[plan.data] else { return "" }
    let settings = Self.comparable(plan.settings)
    let fields = group.fields[settings] ?? Self.fields(settings)
    var words = group.keys.compactMap { Self.word($0, fields[$0], settings) }
    if group.hasSeveralModels { words.insert(plan.model.displayName, at: 0) }
    return words.joined(separator: " ")
  }

  /// Without what has a column of its own or decides nothing.
  private static func comparable(_ settings: RunSettings) -> RunSettings {
    var settings = settings
    settings.seed = 0
    settings.output = nil
    settings.measureLatency = true
    return settings
  }

  private static let order = [
    "rank", "alpha", "learningRate", "learningRateRatio", "steps", "epochs", "batchSize", "gradientAccumulation",
    "sequenceLength", "dora", "bf16", "useRSLoRA", "schedule", "warmupSteps",
  ]

  private static func place(_ key: String) -> Int { order.firstIndex(of: key) ?? order.count }

  private enum Scalar: Decodable {
    case flag(Bool)
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text((try? container.decode(String.self)) ?? "other")
      }
    }

    var words: String {
      switch self {
      case .flag(let flag): flag ? "yes" : "no"
      case .number(let number): SettingsDifferences.short(number)
      case .text(let text): text
      }
    }
  }

  private static func fields(_ settings: RunSettings) -> Fields {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(settings),
      let scalars = try? JSONDecoder().decode([String: Scalar].self, from: data)
    else { return [:] }
    return scalars.mapValues(\.words)
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

  /// Nil where the value goes without saying. A key that is absent has its default.
  private static func word(_ key: String, _ value: String?, _ settings: RunSettings) -> String? {
    switch key {
    case "rank": return "r\(settings.rank)"
    case "alpha": return "a\(short(settings.resolvedAlpha))"
    case "learningRate": return "lr\(short(settings.learningRate))"
    case "learningRateRatio": return "B/A \(short(settings.learningRateRatio))"
    case "steps": return settings.steps.map { "\($0) steps" } ?? "\(short(settings.epochs)) ep"
    case "epochs": return settings.steps == nil ? "\(short(settings.epochs)) ep" : nil
    case "batchSize": return "b\(settings.batchSize)"
    case "gradientAccumulation": return "acc \(settings.gradientAccumulation)"
    case "sequenceLength": return "len \(settings.sequenceLength)"
    case "dora": return settings.useDoRA ? "DoRA" : "LoRA"
    case "bf16": return settings.useBF16 ? "bf16" : "fp32"
    case "useRSLoRA": return settings.useRSLoRA ? "rsLoRA" : "plain"
    case "schedule": return settings.schedule.rawValue
    case "warmupSteps": return "warm \(settings.warmupSteps)"
    case "evaluationExamples": return settings.evaluationExamples.map { "eval \($0)" } ?? "eval all"
    case "trainingExamples": return settings.trainingExamples.map { "train \($0)" } ?? "train all"
    case "weightDecay": return "wd \(short(settings.weightDecay))"
    case "dropout": return "drop \(short(settings.dropout))"
    case "clip": return settings.clip == 0 ? "no clip" : "clip \(short(settings.clip))"
    default:
      guard let value else { return nil }
      let last = value.split(separator: "/").last.map(String.init) ?? value
      return "\(key) \(last)"
    }
  }
}
