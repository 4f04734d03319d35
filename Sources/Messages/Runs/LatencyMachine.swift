import Recipe

/// What a latency was measured on. Latencies of different machines say nothing beside each other.
package struct LatencyMachine: Hashable, Sendable {
  /// Nil for this one.
  package var host: String?
  /// Processor and instruction set; nil in what earlier versions stored.
  package var processor: String?

  package init(host: String?, processor: String?) {
    self.host = host
    self.processor = processor
  }

  /// What earlier versions stored does not name its machine, and was measured where the store is.
  fileprivate func isSame(as other: LatencyMachine) -> Bool {
    if host == nil, other.host == nil, processor == nil || other.processor == nil { return true }
    return self == other
  }

  /// `alpha: a processor, avx2`; `this machine` where nothing else is known of it.
  package var words: String {
    let parts = [host, processor].compactMap { $0 }.map(OneLine.text)
    return parts.isEmpty ? "this machine" : parts.joined(separator: ": ")
  }
}

extension RunSummary {
  /// What its latency was measured on; nil where there is none.
  package var latencyMachine: LatencyMachine? {
    latency.map { LatencyMachine(host: $0.host, processor: $0.machine ?? prepared?.machine) }
  }
}

/// Runs with the latencies of one machine.
package struct OneMachine: Sendable {
  /// All of them; those that were measured elsewhere without their latency.
  package var runs: [RunSummary]
  /// Nil where no run has a latency.
  package var machine: LatencyMachine?
  /// Whose latency was left out.
  package var leftOut: [RunID] = []

  /// The machine with the most latencies counts, those from quiet machines before any others; of equals the one that measured last.
  package init(_ runs: some Sequence<RunSummary>) {
    self.runs = Array(runs)
    let measured = self.runs.filter { $0.latency != nil }
    let quiet = measured.filter { $0.quietLatency != nil }
    let counted = quiet.isEmpty ? measured : quiet
    let machines = Set(counted.compactMap(\.latencyMachine))
    machine = machines.max { Self.weight($0, counted) < Self.weight($1, counted) }
    guard let machine, measured.contains(where: { $0.latencyMachine?.isSame(as: machine) == false }) else { return }
    for place in self.runs.indices {
      guard let own = self.runs[place].latencyMachine, !own.isSame(as: machine) else { continue }
      leftOut.append(self.runs[place].id)
      self.runs[place].latency = nil
    }
  }

  /// How many it has, when the last of them was measured, and its names, so that equals have an order.
  private static func weight(_ machine: LatencyMachine, _ runs: [RunSummary]) -> Weight {
    let own = runs.filter { $0.latencyMachine?.isSame(as: machine) == true }
    return Weight(
      count: own.count, newest: own.compactMap(\.finished).max() ?? 0, name: machine.words,
      isNamed: machine.processor != nil)
  }

  private struct Weight: Comparable {
    var count: Int
    var newest: Double
    var name: String
    var isNamed: Bool

    static func < (a: Weight, b: Weight) -> Bool {
      (a.count, a.newest, a.isNamed ? 1 : 0, a.name) < (b.count, b.newest, b.isNamed ? 1 : 0, b.name)
    }
  }

  /// One line where latencies were left out; nil where all are of one machine.
  package var note: String? {
    guard !leftOut.isEmpty, let machine else { return nil }
    let names = leftOut.prefix(8).map { "#\($0)" }.joined(separator: ", ")
    let more = leftOut.count > 8 ? " and \(leftOut.count - 8) more" : ""
    return "can't tell the latency of \(names)\(more) from the others': they were measured on another machine than "
      + machine.words
  }
}
