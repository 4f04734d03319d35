import Foundation
import Messages
import Recipe

/// One run of a table of finished runs: what a search would have seen of it, and what came of it. A line of JSON each.
package struct StudyRow: Hashable, Codable, Sendable {
  /// What was scored on the way.
  package struct Heat: Hashable, Codable, Sendable {
    /// Share of the run's steps, above 0, at most 1.
    package var share: Double
    package var step: Int
    /// Scores of the tuning split by example.
    package var outcomes: OutcomeText
    /// Of the scoring alone.
    package var seconds: Double

    package init(share: Double, step: Int, outcomes: OutcomeText, seconds: Double) {
      self.share = share
      self.step = step
      self.outcomes = outcomes
      self.seconds = seconds
    }
  }

  package var task: String
  /// The base's fingerprint; rows of different bases are never compared.
  package var base: String
  /// In a file as `Targets.label` writes it.
  @LabelledTargets package var targets: Targets
  package var rate: Double
  package var seed: UInt64
  /// Of the whole run.
  package var steps: Int
  /// As `SearchPlan.blockMeans`: fewer than 40 where the run ended early.
  package var losses: [Float]
  package var heats: [Heat]
  /// Scores of the evaluation split by example; empty where only the rate was raced.
  package var evaluation: OutcomeText
  /// Seconds of the whole run's training, of its evaluation, and of measuring its TPOT (0 where it was not measured).
  package var trainSeconds: Double
  package var evaluateSeconds: Double
  package var latencySeconds: Double
  /// TPOT over the base's in percent; absent where it was not measured.
  package var overhead: Double?
  package var parameters: Int
  /// The probe's gradient energy; absent where it was not probed.
  package var energy: Double?
  package var diverged: Bool

  package init(
    task: String, base: String, targets: Targets, rate: Double, seed: UInt64, steps: Int, losses: [Float],
    heats: [Heat], evaluation: OutcomeText, trainSeconds: Double, evaluateSeconds: Double, latencySeconds: Double,
    overhead: Double?, parameters: Int, energy: Double?, diverged: Bool = false
  ) {
    self.task = task
    self.base = base
    self.targets = targets
    self.rate = rate
    self.seed = seed
    self.steps = steps
    self.losses = losses
    self.heats = heats
    self.evaluation = evaluation
    self.trainSeconds = trainSeconds
    self.evaluateSeconds = evaluateSeconds
    self.latencySeconds = latencySeconds
    self.overhead = overhead
    self.parameters = parameters
    self.energy = energy
    self.diverged = diverged
  }

  /// What a run is named by; a table holds one of each.
  package struct Key: Hashable, Sendable {
    package var base: String
    package var task: String
    package var targets: Targets
    package var rate: Double
    package var seed: UInt64

    package init(base: String, task: String, targets: Targets, rate: Double, seed: UInt64) {
      self.base = base
      self.task = task
      self.targets = targets
      self.rate = rate
      self.seed = seed
    }
  }

  package var key: Key { Key(base: base, task: task, targets: targets, rate: rate, seed: seed) }
}

/// Targets that a file names as a person does.
@propertyWrapper
package struct LabelledTargets: Hashable, Codable, Sendable {
  package var wrappedValue: Targets

  package init(wrappedValue: Targets) { self.wrappedValue = wrappedValue }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do { wrappedValue = try Targets(parsing: try container.decode(String.self)) } catch let error as TargetError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue.label)
  }
}

/// Scores by example as a short string: `1` and `0` for right and wrong; else `x` and three hexadecimal digits for each, in steps of
/// 1/4095.
package struct OutcomeText: Hashable, Codable, Sendable {
  package let values: [Double]

  package init(_ values: [Double]) { self.values = values }

  /// Nil without examples.
  package var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }

  /// Nil for what is not such a string.
  package init?(parsing text: String) {
    if text.utf8.first == UInt8(ascii: "x") {
      let digits = Array(text.utf8.dropFirst())
      guard digits.count % 3 == 0 else { return nil }
      var values: [Double] = []
      for place in stride(from: 0, to: digits.count, by: 3) {
        guard let value = Int(String(decoding: digits[place..<place + 3], as: UTF8.self), radix: 16), value >= 0,
          digits[place] != UInt8(ascii: "+"), digits[place] != UInt8(ascii: "-")
        else { return nil }
        values.append(Double(value) / 4095)
      }
      self.values = values
      return
    }
    guard text.utf8.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") }) else { return nil }
    values = text.utf8.map { $0 == UInt8(ascii: "1") ? 1 : 0 }
  }

  package var text: String {
    if values.allSatisfy({ $0 == 0 || $0 == 1 }) { return String(values.map { $0 == 1 ? "1" : "0" }) }
    // What is not finite counts as wrong, as an answer that does not parse does.
    return "x"
      + values.map { value in
        let step = value.isFinite ? Int((min(1, max(0, value)) * 4095).rounded()) : 0
        let digits = String(step, radix: 16)
        return String(repeating: "0", count: 3 - digits.count) + digits
      }.joined()
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let parsed = OutcomeText(parsing: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "outcomes are 0 and 1, or x and three hexadecimal digits an example")
    }
    self = parsed
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// What holds for all runs of a task on a base: what the examples are about, and what the probe took. A line of JSON of its own.
package struct StudyTask: Hashable, Codable, Sendable {
  package var task: String
  package var base: String
  /// A name of the base for the page.
  package var baseName: String?
  /// For each example of the split what it is about, as a number from 0; absent where each stands for itself.
  package var tuningGroups: [Int]?
  package var evaluationGroups: [Int]?
  /// Of one probe; absent where the energies of the rows were not probed.
  package var probeSeconds: Double?
  /// Under which all of its runs were trained, rates and seeds apart; absent in what earlier versions wrote.
  package var settings: String?

  package init(
    task: String, base: String, baseName: String? = nil, tuningGroups: [Int]? = nil, evaluationGroups: [Int]? = nil,
    probeSeconds: Double? = nil, settings: String? = nil
  ) {
    self.task = task
    self.base = base
    self.baseName = baseName
    self.tuningGroups = tuningGroups
    self.evaluationGroups = evaluationGroups
    self.probeSeconds = probeSeconds
    self.settings = settings
  }

  /// All that decides a run's losses and scores but its rate and seed: `rank=16 alpha=32 …`.
  package static func settings(_ settings: RunSettings, parameterBudget: Int?) -> String {
    var apart: Set = ["lr", "seed", "measure_latency"]
    // Rows that were written before there was this setting are of adapters that always act.
    if !settings.promptOnly { apart.insert("prompt_only") }
    // Nor does an earlier row say what computed it: that was always this program.
    if settings.engine == .lorascope { apart.formUnion(["engine", "device", "load_in"]) }
    let fields = SettingField.all.filter { $0.decides.contains(.result) && !apart.contains($0.key) }
    var words = fields.compactMap { field in field.value(settings).map { "\(field.key)=\($0)" } }
    if let parameterBudget { words.append("match_parameters=\(parameterBudget)") }
    return words.joined(separator: " ")
  }
}
