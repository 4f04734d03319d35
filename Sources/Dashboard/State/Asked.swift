import Messages
import Recipe

/// A question whose answer is on the screen: it is asked when its key changes, and an answer to an older key is dropped.
///
/// The last answer stays until the next one is there, so that nothing flickers; a refusal takes its place.
package struct Asked<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// What was asked last.
  package private(set) var key: Key?
  package var value: Value?
  /// One line of the engine's.
  package private(set) var refusal: String?

  package init(_ key: Key? = nil) { self.key = key }

  /// - Parameter key: what is to be known now; with nil, what is known is forgotten, and an answer under way is dropped.
  /// - Returns: what has to be asked; nil where it was asked already.
  package mutating func want(_ key: Key?) -> Key? {
    guard key != self.key else { return nil }
    if key == nil { self = Asked() }
    self.key = key
    return key
  }

  /// - Parameter value: what the reply holds, if it is of the kind that was asked for.
  /// - Returns: whether this was the answer to what was asked last.
  @discardableResult
  package mutating func take(_ reply: Reply, to key: Key, _ value: (Reply) -> Value?) -> Bool {
    guard key == self.key else { return false }
    if case .refused(let refusal) = reply {
      self.value = nil
      self.refusal = refusal.line
      return true
    }
    guard let value = value(reply) else { return false }
    self.value = value
    refusal = nil
    return true
  }
}

extension Asked: Equatable where Value: Equatable {}

/// The key of what is asked once.
package enum Once: Hashable, Sendable { case once }

extension Reply {
  var comparison: Comparison? { if case .comparison(let value) = self { value } else { nil } }
  var runGroups: [RunGroupSummary]? { if case .runGroups(let value) = self { value } else { nil } }
  var examples: [ExampleOutcome]? { if case .examples(let value) = self { value } else { nil } }
  var pictures: [SamplePicture]? { if case .pictures(let value) = self { value } else { nil } }
  var latencyBlocks: [LatencyBlock]? { if case .latencyBlocks(let value) = self { value } else { nil } }
  var log: [Notice]? { if case .log(let value) = self { value } else { nil } }
  var combinations: [CombinationSummary]? { if case .combinations(let value) = self { value } else { nil } }
  var estimate: SweepEstimate? { if case .estimate(let value) = self { value } else { nil } }
  var advice: Advice? { if case .advice(let value) = self { value } else { nil } }
  var fleets: [FleetMeasurement]? { if case .fleets(let value) = self { value } else { nil } }
  var peftFacts: PEFTFacts? { if case .peft(let value) = self { value } else { nil } }
  var published: PublishedFigures? { if case .published(let value) = self { value } else { nil } }
  var answers: AdapterAnswers? { if case .answers(let value) = self { value } else { nil } }
  var probe: ProbeResult? { if case .probe(let value) = self { value } else { nil } }
  var examplesOfData: DataPreview? { if case .examplesOfData(let value) = self { value } else { nil } }
}

/// A plan whose time is asked for, and asked for again when times can be told better.
package struct EstimateRequest: Hashable, Sendable {
  package var plan: SweepPlan
  /// Each finished run makes the times better,
  package var finishedRuns: Int
  /// and so does each kind of runs whose speed was measured.
  package var measuredSpeeds: Int
}

extension Asked where Value == SweepEstimate {
  /// The estimate of these targets on the plan's first data set.
  package func item(_ targets: Targets) -> SweepEstimate.Item? { value?.items.first { $0.targets == targets } }

  /// The estimate of a run's data set and targets.
  package func item(_ plan: RunPlan) -> SweepEstimate.Item? {
    value?.items.first { $0.data == plan.data && $0.targets == plan.targets }
  }

  package func items(_ targets: Targets) -> [SweepEstimate.Item] {
    value?.items.filter { $0.targets == targets } ?? []
  }
}
