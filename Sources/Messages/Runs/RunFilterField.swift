import Foundation
import Recipe

/// Something of a run that a filter can ask for by name: `score`, `data`, and every setting.
package struct RunFilterField: Sendable {
  /// What a filter compares.
  enum Value: Sendable {
    /// Any of them may fit.
    case texts([String])
    case targets(Targets)
    case number(Double)
    case flag(Bool)
  }

  /// What may stand after the operator.
  enum Kind: Sendable {
    case text
    /// One of these words; more than one may mean the same.
    case choice([String])
    case flag(off: String, on: String)
    /// The set of modules: named ones are those that it has all of.
    case targets
    case number(Unit)
  }

  enum Unit: Sendable {
    case plain
    /// Stored as 0 to 1: `0.9` and `90%`.
    case share
    /// Stored as percent: `12` and `12%`.
    case percent
    /// `2`, `2ms`, `70us`.
    case milliseconds
    /// Days of the calendar, UTC: `2026-11-30`.
    case day
  }

  package let name: String
  /// Other names, which completion does not offer.
  let aliases: [String]
  /// What it is, in a few words.
  package let about: String
  let kind: Kind
  /// Nil where the run has no such value.
  let read: @Sendable (RunSummary) -> Value?

  init(
    _ name: String, _ aliases: [String] = [], _ about: String, _ kind: Kind,
    _ read: @escaping @Sendable (RunSummary) -> Value?
  ) {
    (self.name, self.aliases, self.about, self.kind, self.read) = (name, aliases, about, kind, read)
  }

  /// Those of results and records first, then the settings.
  package static let all: [RunFilterField] = ofRuns + ofSettings

  private static let byName: [String: RunFilterField] = {
    var known: [String: RunFilterField] = [:]
    for field in all { for name in [field.name] + field.aliases where known[name] == nil { known[name] = field } }
    return known
  }()

  /// - Parameter name: in any case, with hyphens or underscores.
  package static func named(_ name: String) -> RunFilterField? {
    byName[name.lowercased()] ?? byName[name.lowercased().replacing("_", with: "-")]
  }

  /// The names that a mistyped one may stand for, the likeliest first.
  static func near(_ name: String) -> [String] {
    let wanted = name.lowercased()
    let beginning = all.map(\.name).filter { $0.hasPrefix(wanted) || wanted.hasPrefix($0) }
    let close = all.map(\.name).filter { distance($0, wanted) <= (wanted.count > 4 ? 2 : 1) }
    return Array((beginning + close.filter { !beginning.contains($0) }).prefix(3))
  }

  /// How the field is asked for.
  var example: String {
    switch kind {
    case .text: "\(name):part, \(name)=whole"
    case .targets: "\(name):o_proj, \(name)=qkv+o_proj"
    case .choice(let words): words.prefix(3).map { "\(name):\($0)" }.joined(separator: ", ")
    case .flag(let off, let on): "\(name):\(on), \(name):\(off)"
    case .number(.share): "\(name)>0.9, \(name)>=90%"
    case .number(.percent): "\(name)<10, \(name)<=10%"
    case .number(.milliseconds): "\(name)<2, \(name)<=70us"
    case .number(.day): "\(name)>=2026-11-30"
    case .number(.plain): "\(name)=8, \(name)>=8, \(name)=8..64"
    }
  }

  /// Letters to change, to add or to leave out (Levenshtein).
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var row = Array(0...b.count)
    for i in a.indices {
      var corner = row[0]
      row[0] = i + 1
      for j in b.indices {
        let change = corner + (a[i] == b[j] ? 0 : 1)
        corner = row[j + 1]
        row[j + 1] = min(change, row[j] + 1, corner + 1)
      }
    }
    return row[b.count]
  }
}

// MARK: Results and records

extension RunFilterField {
  private static func number(_ value: Double?) -> Value? { value.flatMap { $0.isFinite ? .number($0) : nil } }
  private static func text(_ value: String?) -> Value? { value.map { .texts([$0]) } }

  private static let ofRuns: [RunFilterField] = [
    RunFilterField("id", ["number", "run"], "the run's number", .number(.plain)) { .number(Double($0.id)) },
    RunFilterField("data", ["dataset"], "the data set's name", .text) { .texts([$0.plan.data.displayName]) },
    RunFilterField(
      "targets", ["modules", "set"], "modules that the adapter changes: all that are named; = exactly these", .targets
    ) { .targets($0.plan.targets) },
    RunFilterField("state", [], "what the run does or how it ended", .choice(RunState.filterWords)) {
      .texts($0.stateWords)
    },
    RunFilterField("score", ["accuracy"], "mean score on held-out examples, 0 to 1", .number(.share)) {
      number($0.score?.score.estimate)
    },
    RunFilterField("fail", ["failures"], "share of answers that do not parse, 0 to 1", .number(.share)) {
      number($0.score?.parseFailureRate)
    },
    RunFilterField("loss", [], "newest loss, nats a token", .number(.plain)) {
      number($0.losses.last.map(Double.init))
    },
    RunFilterField("overhead", ["ovh"], "TPOT p50 over the base's, percent", .number(.percent)) {
      number($0.latency?.overheadPercent.estimate)
    },
    RunFilterField("p50", [], "median time of a token, ms", .number(.milliseconds)) { number($0.latency?.p50) },
    RunFilterField("p95", [], "time of the slowest twentieth of tokens, ms", .number(.milliseconds)) {
      number($0.latency?.p95)
    },
    RunFilterField("busy", [], "latency measured on a busy machine", .flag(off: "no", on: "yes")) {
      $0.latency.map { .flag($0.isBusy) }
    },
    RunFilterField("params", ["parameters"], "trainable parameters", .number(.plain)) {
      number($0.prepared.map { Double($0.trainableParameters) })
    },
    RunFilterField("step", [], "steps done", .number(.plain)) { .number(Double($0.step)) },
    RunFilterField("rate", ["tok/s"], "tokens of training a second", .number(.plain)) { number($0.tokensPerSecond) },
    RunFilterField("memory", [], "peak memory, bytes", .number(.plain)) {
      number($0.peakMemoryBytes.map { Double($0) })
    },
    RunFilterField("wall", [], "seconds that the run took", .number(.plain)) { number($0.wallSeconds) },
    RunFilterField("created", [], "day on which it was queued, UTC", .number(.day)) { number($0.created) },
    RunFilterField("finished", [], "day on which it ended, UTC", .number(.day)) { number($0.finished) },
    RunFilterField("model", ["base"], "the base model's name", .text) { .texts([$0.plan.model.displayName]) },
    RunFilterField("search", [], "number of the search that it belongs to", .number(.plain)) {
      number($0.search.map { Double($0) })
    },
    RunFilterField("name", [], "the name that you gave it", .text) { text($0.labels.name) },
    RunFilterField("tag", ["tags"], "a tag of it", .text) { $0.labels.tags.isEmpty ? nil : .texts($0.labels.tags) },
    RunFilterField("note", [], "your note on it", .text) { text($0.labels.note) },
    RunFilterField("pinned", ["pin"], "pinned to the top", .flag(off: "no", on: "yes")) { .flag($0.labels.isPinned) },
    RunFilterField("reason", [], "why it failed, stopped or is paused", .text) { text($0.reason) },
  ]
}

// MARK: Settings

extension RunFilterField {
  private static let ofSettings: [RunFilterField] = SettingField.all.map { setting in
    let name = setting.key.replacing("_", with: "-")
    var aliases = [setting.stored.lowercased(), setting.title.lowercased().replacing(" ", with: "-")]
    if !setting.isByGroup, setting.flag != name { aliases.append(setting.flag) }
    return RunFilterField(name, aliases, setting.about, kind(of: setting.values)) { run in
      // The base's evaluation was not trained: what training was set to says nothing of it.
      if run.plan.isBaseline, !setting.decides.contains(.evaluation) { return nil }
      switch setting.resolved(run.plan.settings) {
      case .whole(let value)?: return .number(Double(value))
      case .seed(let value)?: return .number(Double(value))
      case .number(let value)?: return number(value)
      case .flag(let value)?: return .flag(value)
      case .text(let value)?: return text(value)
      case nil: return nil
      }
    }
  }

  private static func kind(of values: SettingField.Values) -> Kind {
    switch values {
    case .flag(let off, let on): .flag(off: off, on: on)
    case .whole, .seed, .number: .number(.plain)
    case .choice(let names): .choice(names)
    case .wordOrSeed, .text, .byGroup: .text
    }
  }
}

// MARK: States

extension RunState {
  /// At most six letters, as tables write it.
  package var word: String {
    switch self {
    case .waiting: "wait"
    case .preparing: "prep"
    case .training: "train"
    case .evaluating: "eval"
    case .awaitingLatency, .measuring: "tpot"
    case .paused: "pause"
    case .done: "done"
    case .stopped: "part"
    case .failed: "failed"
    case .cancelled: "cancel"
    }
  }

  static var filterWords: [String] {
    var words = allCases.map(\.word) + ["nan"] + allCases.map(\.rawValue)
    words = words.reduce(into: []) { all, word in if !all.contains(word) { all.append(word) } }
    return words
  }
}

extension RunSummary {
  /// A failed run's losses were not finite.
  package var endedNotFinite: Bool {
    guard state == .failed, let reason = reason?.lowercased() else { return false }
    return reason.contains("nan") || reason.contains("inf") || reason.contains("diverg") || reason.contains("finite")
  }

  /// Its state as tables write it, and in full.
  var stateWords: [String] {
    var words = [endedNotFinite ? "nan" : remeasuring != nil ? "tpot" : state.word, state.rawValue]
    if endedNotFinite { words.append(state.word) }
    return words
  }
}
