import Analysis
import Foundation
import Messages
import Recipe

/// Latencies of fleets: verbs measure them, the store keeps them, and what they say of a study's combinations is answered here.
extension Engine {
  /// What names this machine in what is measured here.
  package static var machine: String { Machine.identity }

  func keep(_ fleets: [FleetMeasurement]) async throws {
    for run in fleets.compactMap(\.key.run) { _ = try known(run) }
    let kept = try await store.save(fleets)
    if kept < fleets.count {
      notice(
        .warning,
        "\(fleets.count - kept) of \(fleets.count) latencies of a fleet were measured on a busy machine, and the earlier ones are kept",
        run: nil)
    }
  }
}
