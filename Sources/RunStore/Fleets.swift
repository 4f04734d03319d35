import Foundation
import GRDB
import Messages
import Recipe

/// Latencies of fleets.
extension RunStore {
  /// Keeps measurements in the place of earlier ones of the same. One on a busy machine takes the place only of one that was busier.
  ///
  /// - Returns: how many were kept.
  package func save(_ fleets: [FleetMeasurement]) async throws -> Int {
    try await write { db in
      try fleets.reduce(0) { kept, fleet in
        let (key, latency) = (fleet.key, fleet.latency)
        try db.execute(
          sql: """
            INSERT INTO fleets (key, run, baseFingerprint, targets, parameters, sequences, mix, type, machine, time,
              overheadPercent, coreShare, measurement)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET time = excluded.time, overheadPercent = excluded.overheadPercent,
              coreShare = excluded.coreShare, measurement = excluded.measurement
            WHERE excluded.coreShare >= ? OR excluded.coreShare > fleets.coreShare
            """,
          arguments: [
            try JSON.encode(key), key.run, key.baseFingerprint, key.targets.label, key.parameters, key.sequences,
            key.mix.rawValue, key.type.rawValue, key.machine, fleet.time, latency.overheadPercent.estimate,
            latency.coreShare, try JSON.encode(fleet), CoreUse.quietShare,
          ])
        return kept + db.changesCount
      }
    }
  }

  /// All of them, those of deleted runs left out, in the order of time. What cannot be read is left out.
  package func fleets() async throws -> [FleetMeasurement] {
    try await read { db in
      // A store of an earlier version that is only read.
      guard try db.tableExists("fleets") else { return [] }
      let sql = """
        SELECT measurement FROM fleets WHERE run IS NULL OR run IN (SELECT id FROM live) ORDER BY time, key
        """
      return try db.readable(sql) { values in
        let fleet = try JSON.decode(FleetMeasurement.self, values.next().text().required())
        guard fleet.isPlausible else { throw UnreadableColumn(name: "measurement") }
        return fleet
      }
    }
  }
}
