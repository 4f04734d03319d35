import Messages
import Recipe

/// What is known of fleets on the base of a study.
package struct FleetStudy: Sendable {
  /// Measurements on that base, oldest first.
  package var measurements: [FleetMeasurement]
  /// Those of one machine, on which predictions rest.
  private let own: [FleetMeasurement]
  private let fingerprint: String

  /// - Parameters:
  ///   - all: the store's.
  ///   - fingerprint: the base's.
  ///   - machine: this one, whose measurements come before those of others.
  package init(_ all: [FleetMeasurement], on fingerprint: String, machine: String) {
    self.fingerprint = fingerprint
    measurements = all.filter { $0.key.baseFingerprint == fingerprint }
    own = measurements.ofOneMachine(preferring: machine)
  }

  /// What each combination of a study costs in a batch of so many sequences, each with an adapter of its own.
  package func costs(_ table: StudyTable, sequences: Int) -> [Targets: StudyCost] {
    var costs: [Targets: StudyCost] = [:]
    for targets in table.combinations {
      let parameters = table.datasets.lazy.compactMap { $0.cell(targets)?.parameters }.first
      guard
        let overhead = own.fleetOverhead(targets, parameters: parameters, on: fingerprint, sequences: sequences)
      else { continue }
      var cost = StudyCost(unit: .overheadPercent, value: overhead.percent, interval: overhead.interval)
      cost.fleet = overhead
      costs[targets] = cost
    }
    return costs
  }
}

extension StudyTable {
  /// The same table whose recommendations go by what a batch of so many sequences costs; as it is where that is not asked.
  package func forFleet(_ sequences: Int?, _ fleet: FleetStudy?) -> StudyTable {
    guard let sequences, origin == .measured else { return self }
    var table = self
    table.fleet = Fleet(sequences: sequences, costs: fleet?.costs(self, sequences: sequences) ?? [:])
    return table
  }
}
